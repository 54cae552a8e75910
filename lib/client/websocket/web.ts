// The client over a WebSocket for browsers, Bun and Workers: the same name as in `index.ts`, which has the documentation.
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

/** The Node entry's function has the documentation. */
export function createWebSocketClient(options: WebSocketClientOptions): WebSocketClient {
  return webSocketClientOn(web, options);
}
