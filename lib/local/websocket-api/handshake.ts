// Decides whether a handshake becomes a connection: verifies its signature, then invokes the function.
import type { IncomingMessage } from "node:http";
import { foreignHost } from "../loopback.ts";
import { splitTarget } from "../signature/index.ts";
import { identify, type ApiError } from "../signed-request.ts";
import { integrate } from "./integration.ts";
import { connectEvent, createId, type Connection } from "./proxy-event.ts";
import { stage, type WebSocketApiOptions, type WebSocketLimits } from "./websocket-api-options.ts";

export type Handshake = { connection: Connection } | { connectionId: string; refusal: ApiError };

/**
 * Unlike the local Bedrock, the WebSocket API accepts connections from web pages, as on AWS: `Origin` is ignored, but the
 * signature is checked. If the stack calls the real Bedrock, its secret access key is random,
 * so that no web page knows it.
 */
export async function shakeHands(
  request: IncomingMessage,
  options: Omit<WebSocketApiOptions, "limits"> & { limits: WebSocketLimits },
): Promise<Handshake> {
  const id = createId();
  const { callers, region, limits } = options;
  // Read now, because the socket no longer has the address after the caller has disconnected.
  const { remoteAddress = "" } = request.socket;
  const problem = problemWith(request);
  if (problem) return { connectionId: id, refusal: problem };
  const found = await identify(request, Buffer.alloc(0), {
    service: "execute-api",
    region,
    credentials: callers,
  });
  if ("status" in found) return { connectionId: id, refusal: found };
  const connection: Connection = {
    id,
    identity: found.identity,
    sourceIp: remoteAddress.replace(/^::ffff:/, ""),
    userAgent: request.headers["user-agent"] ?? "",
    domainName: (request.headers.host ?? "").replace(/:\d+$/, ""),
    connectedAt: Date.now(),
  };
  const { status, failure } = await integrate(
    options,
    connectEvent(connection, request),
    limits.integrationMs,
  );
  if (failure === undefined && status < 400) return { connection };
  const message = failure ?? (status === 403 ? "Forbidden" : "Refused");
  return { connectionId: id, refusal: { status, type: errorTypeOf(status), message } };
}

/** These checks come first, so that the function is not invoked for a connection that cannot be made. */
function problemWith(request: IncomingMessage): ApiError | undefined {
  const foreign = foreignHost(request.headers);
  if (foreign !== undefined) return { status: 403, type: "AccessDeniedException", message: foreign };
  const { upgrade, "sec-websocket-key": key = "", "sec-websocket-version": version } = request.headers;
  const isWebSocket =
    upgrade?.toLowerCase() === "websocket" && /^[\w+/]{22}==$/.test(key) && version === "13";
  if (request.method !== "GET" || !isWebSocket) {
    return { status: 400, type: "BadRequestException", message: "Bad Request" };
  }
  if (splitTarget(request.url ?? "").path.replace(/\/$/, "") === `/${stage}`) return undefined;
  return { status: 403, type: "ForbiddenException", message: "Forbidden" };
}

function errorTypeOf(status: number): string {
  if (status === 504) return "IntegrationTimeoutException";
  return status < 500 ? "ForbiddenException" : "InternalServerErrorException";
}
