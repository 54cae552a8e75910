// Reads the headers that a client sends in place of HTTP headers: with the handshake, and with each subscription.
// https://docs.aws.amazon.com/appsync/latest/devguide/real-time-websocket-client.html#header-parameter-format-based-on-appsync-api-authorization-mode
import type { IncomingMessage } from "node:http";
import { isObject, parseObject } from "../../shared/json-object.ts";
import { parseQuery, splitTarget, type RawHeader, type WireRequest } from "../signature/index.ts";

/** The subprotocol that clients have to offer. */
export const subprotocol = "graphql-ws";

/**
 * The request that a client signs in order to connect: POST /graphql/connect with an empty object as its body. Undefined
 * if the client sent no headers. Older clients send the headers in the query, and newer clients as a subprotocol.
 */
export function handshakeRequest({ url = "", headers }: IncomingMessage): WireRequest | undefined {
  const query = new Map(parseQuery(splitTarget(url).query));
  const protocols = (headers["sec-websocket-protocol"] ?? "").split(/,\s*/);
  const encoded = query.get("header") ?? protocols.find((each) => each.startsWith("header-"))?.slice(7);
  if (encoded === undefined) return undefined;
  return signedRequest("/graphql/connect", parseObject(decode(encoded)), "{}");
}

/** The request that a client signs to subscribe: POST /graphql. Its body, `data`, is the JSON of the query and the variables. */
export function subscriptionRequest(extensions: unknown, data: string): WireRequest | undefined {
  return signedRequest("/graphql", isObject(extensions) ? extensions["authorization"] : undefined, data);
}

function signedRequest(target: string, headers: unknown, body: string): WireRequest | undefined {
  if (!isObject(headers)) return undefined;
  const pairs = Object.entries(headers).filter((pair): pair is RawHeader => typeof pair[1] === "string");
  return { method: "POST", target, headers: pairs, body: Buffer.from(body) };
}

/** `Buffer` decodes base64 and base64url alike. In a query, a plus sign may have become a space. */
function decode(text: string): string {
  return Buffer.from(text.replaceAll(" ", "+"), "base64").toString();
}
