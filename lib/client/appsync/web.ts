// The client over AppSync for browsers, Bun and Workers. It has the same name as in `index.ts`, where it is documented.
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
