// Signs the requests with which the page asks questions through AppSync, and refuses to sign any others.
import type { IncomingMessage } from "node:http";
import { createAuthorize } from "../../client/appsync/authorization.ts";
import {
  connectionText,
  realTimeHeaders,
  requestHeaders,
  startText,
  subscriptionText,
} from "../../client/appsync/operations.ts";
import { regionOfGraphQL, withPath } from "../../client/appsync/urls.ts";
import { isObject, parseObject } from "../../shared/json-object.ts";
import { receiveBody } from "../../shared/receive-body.ts";
import type { Credentials } from "../../signer/credentials.ts";
import { sigv4 } from "../../signer/node/sigv4.ts";
import { ProxyError } from "../proxy/proxy-error.ts";

/** The service accepts requests of 240,000 characters, which take at most 720,000 bytes in a mutation. */
const maxTextBytes = 1024 * 1024;

export interface AppSyncScope {
  /** The URL of the GraphQL API. */
  url: URL;
  /** The Region to sign for, unless the host contains one. */
  region: string;
  credentials: Credentials;
}

/**
 * Signs an AppSync request whose text is the body of `request`, and resolves with its headers. Rejects with a `ProxyError` for
 * any text that the page does not need to ask a question.
 */
export async function signAppSync(
  request: IncomingMessage,
  { url, region, credentials }: AppSyncScope,
): Promise<Record<string, string>> {
  const text = await readText(request);
  const authorize = createAuthorize({ credentials, region: regionOfGraphQL(url) ?? region }, sigv4);
  if (text === connectionText) return authorize(withPath(url, "/connect"), text, realTimeHeaders);
  const { id, input } = variablesIn(text);
  if (text === subscriptionText(String(id))) return authorize(url, text, realTimeHeaders);
  const { conversationId, request: asked } = isObject(input) ? input : {};
  if (text === startText(String(conversationId), String(asked))) return authorize(url, text, requestHeaders);
  throw new ProxyError(
    "InvalidRequest",
    "Cannot sign the request: it is not one of those with which the page connects, subscribes with onMessage or calls" +
      " startConversation to start an answer; use an AppSync client for other requests",
  );
}

function variablesIn(text: string): Record<string, unknown> {
  const variables = parseObject(text)?.["variables"];
  return isObject(variables) ? variables : {};
}

async function readText(request: IncomingMessage): Promise<string> {
  const received = await receiveBody(request, maxTextBytes);
  if (received.kind === "complete") return received.bytes.toString();
  if (received.kind === "cut") {
    throw new ProxyError("InvalidRequest", "Cannot sign the request: it is incomplete; send all of it");
  }
  throw new ProxyError(
    "PayloadTooLarge",
    `Cannot sign the request: it has more than ${maxTextBytes} bytes, too many for AppSync; use the Function URL`,
  );
}
