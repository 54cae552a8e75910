// Answers the requests for the page itself. The proxy forwards all other requests to the service.
import type { IncomingMessage, ServerResponse } from "node:http";
import { realTimeUrl } from "../../client/appsync/urls.ts";
import { presignUrl } from "../../signer/node/presign-url.ts";
import { regionOfApi } from "../../signer/presign-url.ts";
import { checkOrigin, checkCaller } from "../proxy/check-caller.ts";
import { findCredentials, forwardRequest, type Forwarding } from "../proxy/forward-request.ts";
import { ProxyError } from "../proxy/proxy-error.ts";
import { openProxyExchange, refuse } from "../proxy/proxy-exchange.ts";
import { type PageFile, readPageFile } from "./page-files.ts";
import type { PageService } from "./page-service.ts";
import { signAppSync } from "./sign-appsync.ts";

/** The paths of the page's own server begin with this. The service has no such paths. */
const prefix = "/~/";

/**
 * With this policy, the page can load nothing from other servers and run no inline script. Trusted Types make every
 * assignment of HTML to an element throw: https://w3c.github.io/trusted-types/dist/spec/
 */
function policyFor({ webSocketUrl, appSyncUrl }: PageSetup): string {
  const apis = [webSocketUrl, appSyncUrl, appSyncUrl && realTimeUrl(appSyncUrl)];
  const origins = apis.flatMap((url) => url?.origin ?? []);
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    `connect-src ${["'self'", ...origins].join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

const fileHeaders = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

export interface PageSetup {
  service: PageService;
  webSocketUrl: URL | undefined;
  /** The URL of the GraphQL API. */
  appSyncUrl: URL | undefined;
  /** The Region to sign for. For a WebSocket or GraphQL API whose host contains a Region, that Region is used instead. */
  region: string;
}

/** The signed URL of the WebSocket API is valid for this number of seconds. */
const expiresIn = 60;

/** Returns undefined for a request that has to be forwarded. The promise never rejects. */
export function createPageAnswers(setup: PageSetup) {
  const { service, webSocketUrl, appSyncUrl, region } = setup;
  const headers = { ...fileHeaders, "content-security-policy": policyFor(setup) };
  /** The responses for which a request needs the token, by path. */
  const secured = new Map<string, (forwarding: Forwarding, request: IncomingMessage) => unknown>();
  secured.set("service.json", () => service);
  if (webSocketUrl) {
    secured.set("websocket-url", async (forwarding) => {
      const scope = { region: regionOfApi(webSocketUrl) ?? region, service: "execute-api" };
      const credentials = await findCredentials(forwarding);
      return { url: await presignUrl(webSocketUrl, { ...scope, credentials, expiresIn }) };
    });
  }
  if (appSyncUrl) {
    secured.set("appsync-headers", async (forwarding, request) => {
      const credentials = await findCredentials(forwarding);
      return signAppSync(request, { url: appSyncUrl, region, credentials });
    });
  }
  return (
    request: IncomingMessage,
    response: ServerResponse,
    forwarding: Forwarding,
  ): Promise<void> | undefined => {
    const [path = ""] = (request.url ?? "").split(/[?#]/, 1);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (path === `${prefix}wrong-signature`) {
      request.url = "/";
      return forwardRequest(request, response, withWrongSecret(forwarding));
    }
    if (path === "/" && isRead)
      return answer(request, response, { ...forwarding, headers }, () => readPageFile("page/index.html"));
    if (!path.startsWith(prefix)) return undefined;
    return answer(request, response, { ...forwarding, headers }, async () => {
      const read = secured.get(path.slice(prefix.length));
      if (read === undefined) return readPageFile(path.slice(prefix.length));
      checkCaller(request, forwarding.rules);
      return { contentType: "application/json", content: JSON.stringify(await read(forwarding, request)) };
    });
  };
}

/** Makes the proxy sign with a wrong secret key, so that the page can show the response to a wrong signature. */
function withWrongSecret(forwarding: Forwarding): Forwarding {
  return {
    ...forwarding,
    credentials: async () => ({
      ...(await findCredentials(forwarding)),
      secretAccessKey: "wrong",
    }),
  };
}

/**
 * Does not check the token itself. The files are public, and a browser requests them without the token, which is in the
 * fragment of the printed address. Browsers do not send fragments. For all other responses, `read` checks the token.
 */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { rules, onRequest, headers }: Forwarding & { headers: Record<string, string> },
  read: () => Promise<PageFile | undefined>,
): Promise<void> {
  try {
    checkOrigin(request, rules);
    const file = await read();
    if (file === undefined) return void response.writeHead(404, headers).end();
    response.writeHead(200, { ...headers, "content-type": file.contentType });
    response.end(request.method === "HEAD" ? undefined : file.content);
  } catch (error) {
    const exchange = openProxyExchange(request, response, onRequest);
    if (error instanceof ProxyError) return refuse(exchange, error);
    exchange.bug = error;
    await refuse(
      exchange,
      new ProxyError("InternalError", "Cannot read the page's file: this is a bug; see the output"),
    );
  }
}
