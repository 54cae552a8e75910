// The client over AppSync for browsers, Bun and Workers. It exports the same function as `index.ts`, which documents it.
import { sigv4 } from "../../signer/web/sigv4.ts";
import { checkDispatcher } from "../web/create-client.ts";
import { openWebSocket } from "../web/open-websocket.ts";
import { send } from "../web/send.ts";
import {
  type AppSyncClient,
  type AppSyncClientOptions,
  appSyncClientOn,
  type AppSyncPlatform,
} from "./appsync-client.ts";

const web: AppSyncPlatform = { open: openWebSocket, sigv4, send, checkDispatcher };

/** See the function of the same name in `index.ts`. */
export function createAppSyncClient(options: AppSyncClientOptions): AppSyncClient {
  return appSyncClientOn(web, options);
}
