// Answers queries and mutations over HTTP.
import type { IncomingMessage, ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";
import { receiveBody } from "../../shared/receive-body.ts";
import { foreignHost } from "../loopback.ts";
import { pairHeaders } from "../signature/index.ts";
import { authenticate } from "./authenticate.ts";
import type { AppSyncOptions, Caller } from "./appsync-options.ts";
import type { GraphQLApi } from "./graphql-api.ts";
import { readGraphQLRequest } from "./graphql-request.ts";

/** AppSync does not document its limit. No request that fits the deployed schema needs more. */
const maxBodyBytes = 2 * 1024 * 1024;

export async function serveRequest(
  request: IncomingMessage,
  response: ServerResponse,
  api: GraphQLApi,
  options: AppSyncOptions,
): Promise<void> {
  response.setHeader("x-amzn-requestid", randomUUID());
  // AppSync accepts requests from every web page, because callers are identified by keys and signatures, not by cookies.
  response.setHeader("access-control-allow-origin", "*");
  const foreign = foreignHost(request.headers);
  if (foreign !== undefined) return refuse(response, 403, "ForbiddenException", foreign, options);
  if (request.method === "OPTIONS") return allowPages(request, response);
  if (request.method !== "POST" || request.url !== "/graphql") {
    const message = "The local AppSync has POST /graphql only";
    return refuse(response, 404, "NotFoundException", message, options);
  }
  // Read now, because the socket no longer has the address after the caller has disconnected.
  const sourceIp = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  const body = await receiveBody(request, maxBodyBytes);
  if (body.kind === "cut") return;
  if (body.kind === "too-large") {
    response.setHeader("connection", "close");
    return refuse(response, 413, "RequestTooLargeException", "Request is too large", options);
  }
  const headers = pairHeaders(request.rawHeaders);
  const caller = await authenticate(
    { method: "POST", target: "/graphql", headers, body: body.bytes },
    options,
  );
  if ("status" in caller) return refuse(response, caller.status, caller.errorType, caller.message, options);
  const graphQLRequest = readGraphQLRequest(body.bytes.toString());
  if (!graphQLRequest) {
    const message = "Request body is not a GraphQL request in JSON";
    return refuse(response, 400, "MalformedHttpRequestException", message, options);
  }
  const { fields, response: result } = api.execute(graphQLRequest, { caller, sourceIp });
  const errorTypes = (result.errors ?? []).map(({ errorType }) => errorType ?? "Unknown");
  // The function's messages are not reported one by one, because the function logs one record for all of them.
  const isMessage = fields.join() === "Mutation.publish" && errorTypes.length === 0;
  if (!isMessage) options.onReport?.({ event: "request", callerName: nameOf(caller), fields, errorTypes });
  send(response, errorTypes.includes("MalformedHttpRequestException") ? 400 : 200, result);
}

export function nameOf(caller: Caller): string {
  return caller.mode === "apiKey" ? "the API key" : caller.identity.userArn;
}

function refuse(
  response: ServerResponse,
  status: number,
  errorType: string,
  message: string,
  { onReport }: AppSyncOptions,
): void {
  onReport?.({ event: "refused", status, errorType });
  response.setHeader("x-amzn-errortype", errorType);
  send(response, status, { errors: [{ errorType, message }] });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json;charset=UTF-8" });
  response.end(JSON.stringify(body));
}

function allowPages({ headers }: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, {
    "access-control-allow-headers": headers["access-control-request-headers"] ?? "*",
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-max-age": "3600",
  });
  response.end();
}
