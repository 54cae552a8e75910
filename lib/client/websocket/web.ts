// The client over a WebSocket for browsers, Bun and Workers. It exports the same function as `index.ts`, which documents it.
import { checkDispatcher } from "../web/create-client.ts";
import { presignUrl } from "../../signer/web/presign-url.ts";
import { openWebSocket } from "../web/open-websocket.ts";
import {
  type WebSocketClient,
  type WebSocketClientOptions,
  webSocketClientOn,
  type WebSocketPlatform,
} from "./websocket-client.ts";

const web: WebSocketPlatform = { open: openWebSocket, presignUrl, checkDispatcher };

/** See the function of the same name in `index.ts`. */
export function createWebSocketClient(options: WebSocketClientOptions): WebSocketClient {
  return webSocketClientOn(web, options);
}
