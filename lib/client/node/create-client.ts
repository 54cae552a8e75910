// Makes a client that sends with undici and signs with aws4.
import { sigv4 } from "../../signer/node/sigv4.ts";
import { type Client, type ClientOptions, clientOn } from "../client.ts";
import type { Platform } from "../platform.ts";
import { send } from "./send.ts";

const node: Platform = { sigv4, send, checkDispatcher: () => undefined };

/**
 * Makes a client for one deployed service. It does not have to be closed.
 *
 * Throws a `ConfigurationError` if an option is not usable.
 *
 * @example
 * const client = createClient({ url: "https://abc123.lambda-url.eu-west-1.on.aws/", credentials: fromNodeProviderChain() });
 * for await (const text of client.converse({ prompt: "Why is the sky blue?" }).textStream()) process.stdout.write(text);
 */
export function createClient(options: ClientOptions): Client {
  return clientOn(node, options);
}
