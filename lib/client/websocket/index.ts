// The client over a WebSocket on Node and Deno. `web.ts` is its counterpart for all other runtimes.
import { presignUrl } from "../../signer/node/presign-url.ts";
import { openWebSocket } from "../node/open-websocket.ts";
import {
  type WebSocketClient,
  type WebSocketClientOptions,
  webSocketClientOn,
  type WebSocketPlatform,
} from "./websocket-client.ts";

export type { WebSocketClient, WebSocketClientOptions } from "./websocket-client.ts";

const node: WebSocketPlatform = { open: openWebSocket, presignUrl, checkDispatcher: () => undefined };

/**
 * Makes a client that sends questions over a WebSocket. The answers are the same as with `createClient`. Use it in programs that
 * keep one connection for many questions; otherwise use `createClient`, which also accepts large requests and slows the
 * service down when nobody reads.
 *
 * Opens nothing before the first question. Throws a `ConfigurationError` if an option is not usable.
 *
 * @example
 * await using client = createWebSocketClient({ url: "ws://127.0.0.1:9002/v1", region: "us-east-1", credentials });
 * for await (const text of client.converse({ prompt: "Why is the sky blue?" }).textStream()) process.stdout.write(text);
 */
export function createWebSocketClient(options: WebSocketClientOptions): WebSocketClient {
  return webSocketClientOn(node, options);
}
