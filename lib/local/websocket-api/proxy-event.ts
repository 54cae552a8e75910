// Builds the events that a WebSocket API passes to Lambda.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type {
  APIGatewayEventWebsocketRequestContextV2,
  APIGatewayProxyWebsocketEventV2WithRequestContext,
} from "aws-lambda";
import { formatTime } from "../request-time.ts";
import { pairHeaders, parseQuery, splitTarget, type Identity } from "../signature/index.ts";
import { accountId, apiId, stage } from "./websocket-api-options.ts";

/** The type in `@types/aws-lambda`, with members that only some events have. */
export type WebSocketEvent = APIGatewayProxyWebsocketEventV2WithRequestContext<WebSocketContext> & {
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
};

type WebSocketContext = Omit<APIGatewayEventWebsocketRequestContextV2, "messageId"> & {
  identity: Record<string, string | null>;
  messageId?: string;
  disconnectStatusCode?: number;
  disconnectReason?: string;
};

/** The facts about a connection that all its events contain. */
export interface Connection {
  id: string;
  identity: Identity;
  sourceIp: string;
  userAgent: string;
  /** The host of the handshake, without the port. */
  domainName: string;
  /** Milliseconds since the epoch. */
  connectedAt: number;
}

export function connectEvent(connection: Connection, request: IncomingMessage): WebSocketEvent {
  const headers = groupByName(namedHeaders(request));
  const query = groupByName(parseQuery(splitTarget(request.url ?? "").query));
  return {
    headers: lastOfEach(headers),
    multiValueHeaders: headers,
    ...(Object.keys(query).length > 0 && {
      queryStringParameters: lastOfEach(query),
      multiValueQueryStringParameters: query,
    }),
    requestContext: context(connection, "$connect", "CONNECT"),
    isBase64Encoded: false,
  };
}

export function messageEvent(connection: Connection, body: string): WebSocketEvent {
  const requestContext = context(connection, "$default", "MESSAGE");
  return {
    requestContext: { ...requestContext, messageId: createId() },
    body,
    isBase64Encoded: false,
  };
}

export function disconnectEvent(connection: Connection, code: number, reason: string): WebSocketEvent {
  const requestContext = context(connection, "$disconnect", "DISCONNECT");
  return {
    requestContext: { ...requestContext, disconnectStatusCode: code, disconnectReason: reason },
    isBase64Encoded: false,
  };
}

/** Makes an id in the form of API Gateway's ids of connections, requests and messages: `L0SM9cOFvHcCIhw=`. */
export function createId(): string {
  return `${randomBytes(11).toString("base64url")}=`;
}

function context(
  connection: Connection,
  routeKey: string,
  eventType: WebSocketContext["eventType"],
): WebSocketContext {
  const { identity, connectedAt } = connection;
  const now = Date.now();
  const requestId = createId();
  return {
    routeKey,
    eventType,
    extendedRequestId: requestId,
    requestTime: formatTime(now),
    messageDirection: "IN",
    stage,
    connectedAt,
    requestTimeEpoch: now,
    identity: {
      accessKey: identity.accessKeyId,
      accountId,
      caller: identity.userId,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: connection.sourceIp,
      user: identity.userId,
      userAgent: connection.userAgent,
      userArn: identity.userArn,
    },
    requestId,
    domainName: connection.domainName,
    connectionId: connection.id,
    apiId,
  };
}

/** Unlike a Function URL, API Gateway keeps the case of names. */
function namedHeaders({ rawHeaders }: IncomingMessage): [name: string, value: string][] {
  return pairHeaders(rawHeaders).map(([, value], index) => [rawHeaders[2 * index]!, value]);
}

function groupByName(pairs: [name: string, value: string][]): Record<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of pairs) groups.set(name, [...(groups.get(name) ?? []), value]);
  // Unlike an assignment, this keeps even a name such as `__proto__`.
  return Object.fromEntries(groups);
}

/** API Gateway passes the last value of each name in one member, and all values in another. */
function lastOfEach(groups: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, values]) => [name, values.at(-1)!]));
}
