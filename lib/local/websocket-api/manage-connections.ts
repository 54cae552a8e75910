// The @connections API, with which the function sends a message to a connection, looks the connection up, or closes it.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
import type { IncomingMessage, ServerResponse } from "node:http";
import { receiveSigned, sendApiError, type ApiError } from "../signed-request.ts";
import type { OpenConnection } from "./open-connection.ts";
import {
  accountId,
  apiId,
  stage,
  type WebSocketApiOptions,
  type WebSocketLimits,
} from "./websocket-api-options.ts";

export interface ManagementOptions extends Pick<WebSocketApiOptions, "callers" | "role" | "region"> {
  limits: WebSocketLimits;
  /** Returns undefined if the connection is closed, or not yet open. */
  connectionOf: (id: string) => OpenConnection | undefined;
}

const forbidden: ApiError = { status: 403, type: "ForbiddenException", message: "Forbidden" };
const gone: ApiError = { status: 410, type: "GoneException", message: "Gone" };
/** AWS sends this error for too many requests as well. */
const bufferFull: ApiError = { status: 429, type: "LimitExceededException", message: "Limit exceeded" };
const tooLarge: ApiError = { status: 413, type: "PayloadTooLargeException", message: "Payload too large" };

export async function manageConnection(
  request: IncomingMessage,
  response: ServerResponse,
  options: ManagementOptions,
): Promise<void> {
  const { callers, role, region } = options;
  const credentials = (id: string) => role(id) ?? callers(id);
  const received = await receiveSigned(request, { service: "execute-api", region, credentials });
  if (received === undefined) return;
  if ("status" in received) return sendApiError(response, received);
  const id = connectionId(request);
  if (id === undefined) return sendApiError(response, forbidden);
  const { accessKeyId, userArn } = received.identity;
  // In a deployment, the callers' policy permits them to connect, and nothing else.
  if (!role(accessKeyId)) return sendApiError(response, accessDenied(userArn, request, region));
  const connection = options.connectionOf(id);
  if (!connection) return sendApiError(response, gone);
  switch (request.method) {
    case "POST":
      if (received.body.length > options.limits.messageBytes) return sendApiError(response, tooLarge);
      if (!connection.send(received.body.toString())) return sendApiError(response, bufferFull);
      return void response.writeHead(200).end();
    case "GET":
      return sendDescription(response, connection);
    case "DELETE":
      connection.close(1000, "Connection Closed Normally");
      return void response.writeHead(204).end();
    default:
      return sendApiError(response, forbidden);
  }
}

/** The id ends in `=`, which clients send as `%3D`. */
function connectionId({ url = "" }: IncomingMessage): string | undefined {
  const [, segment] = new RegExp(`^/${stage}/@connections/([^/?]+)$`).exec(url) ?? [];
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment);
  } catch {
    // The id contains an escape that is malformed or not UTF-8.
    return undefined;
  }
}

function sendDescription(response: ServerResponse, connection: OpenConnection): void {
  const { sourceIp, userAgent, connectedAt, lastActiveAt } = connection;
  response.writeHead(200, { "content-type": "application/json" });
  response.end(
    JSON.stringify({
      connectedAt: new Date(connectedAt).toISOString(),
      identity: { sourceIp, userAgent },
      lastActiveAt: new Date(lastActiveAt).toISOString(),
    }),
  );
}

function accessDenied(userArn: string, { method }: IncomingMessage, region: string): ApiError {
  const resource = `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stage}/${method}/@connections/{connectionId}`;
  const message = `User: ${userArn} is not authorized to perform: execute-api:ManageConnections on resource: ${resource}`;
  return { status: 403, type: "AccessDeniedException", message };
}
