// The client over AppSync for browsers, Bun and Workers: the same name as in `index.ts`, which has the documentation.
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

/** The Node entry's function has the documentation. */
export function createAppSyncClient(options: AppSyncClientOptions): AppSyncClient {
  return appSyncClientOn(web, options);
}
