// The client over AppSync on Node and Deno. `web.ts` is its counterpart for all other runtimes.
import { sigv4 } from "../../signer/node/sigv4.ts";
import { openWebSocket } from "../node/open-websocket.ts";
import { send } from "../node/send.ts";
import {
  type AppSyncClient,
  type AppSyncClientOptions,
  appSyncClientOn,
  type AppSyncPlatform,
} from "./appsync-client.ts";

export type { AppSyncClient, AppSyncClientOptions } from "./appsync-client.ts";

const node: AppSyncPlatform = { open: openWebSocket, sigv4, send, checkDispatcher: () => undefined };

/**
 * Makes a client that sends questions through a GraphQL API of AppSync. The answers are the same as with `createClient`. Use it
 * in applications that already use AppSync; otherwise use `createClient`, which costs less, slows the service down when nobody
 * reads, and accepts images.
 *
 * Opens nothing before the first question. Throws a `ConfigurationError` if an option is not usable.
 *
 * @example
 * await using client = createAppSyncClient({ url: "http://127.0.0.1:9003/graphql", apiKey: "da2-local" });
 * for await (const text of client.converse({ prompt: "Why is the sky blue?" }).textStream()) process.stdout.write(text);
 */
export function createAppSyncClient(options: AppSyncClientOptions): AppSyncClient {
  return appSyncClientOn(node, options);
}
