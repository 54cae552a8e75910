// Makes a client that sends with fetch and signs with WebCrypto.
import { sigv4 } from "../../signer/web/sigv4.ts";
import { type Client, type ClientOptions, clientOn } from "../client.ts";
import { ConfigurationError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { send } from "./send.ts";

const web: Platform = { sigv4, send, checkDispatcher };

/** See the function of the same name in `node/create-client.ts`. */
export function createClient(options: ClientOptions): Client {
  return clientOn(web, options);
}

/** Throws a `ConfigurationError` if a dispatcher is given. */
export function checkDispatcher(dispatcher: unknown): void {
  if (dispatcher === undefined) return;
  throw new ConfigurationError(
    "Cannot use the option dispatcher: this runtime sends with fetch, not with undici; leave it out",
  );
}
