// Starts the page's server: the signing proxy, which also serves the page's files.
import { resolveCredentials } from "../../signer/credentials.ts";
import { regionOf } from "../../signer/signing-scope.ts";
import { type ProxyOptions, startProxy, type StartedProxy } from "../proxy/start-proxy.ts";
import { createPageAnswers } from "./answer-page-request.ts";
import type { DescribedModel } from "./page-service.ts";

export interface PageOptions extends Pick<
  ProxyOptions,
  "url" | "region" | "credentials" | "port" | "dispatcher" | "onRequest"
> {
  /** The URL of the WebSocket API's stage. Undefined if there is none. */
  webSocketUrl?: URL | undefined;
  /** The URL of the GraphQL API. Undefined if there is none. */
  appSyncUrl?: URL | undefined;
  /** Descriptions for models in the service's list. Default: none. */
  models?: DescribedModel[];
}

export interface StartedPage extends StartedProxy {
  /** The address to open, which contains the token. */
  address: string;
}

/**
 * Rejects with `UsageError` if the server cannot listen on the port, and with `AuthorizationError` if there are no
 * usable credentials.
 */
export async function startPage(options: PageOptions): Promise<StartedPage> {
  const { url, credentials, webSocketUrl, appSyncUrl, models = [] } = options;
  const { accessKeyId, secretAccessKey } = await resolveCredentials(credentials);
  const region = regionOf(url, options.region);
  const service = {
    url: url.href,
    region,
    hasLocalKey: accessKeyId === "local" && secretAccessKey === "local",
    hasWebSocket: webSocketUrl !== undefined,
    appSyncUrl: appSyncUrl?.href,
    models,
  };
  const answerItself = createPageAnswers({ service, webSocketUrl, appSyncUrl, region });
  const started = await startProxy({ ...options, requireToken: true, answerItself });
  return { ...started, address: `${started.url}#${started.token}` };
}
