// Invokes the function for one event, and waits for its response as long as API Gateway would.
import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { createTraceId } from "../trace-id.ts";
import type { WebSocketEvent } from "./proxy-event.ts";
import type { WebSocketApiOptions } from "./websocket-api-options.ts";

/** `status` is the function's status, API Gateway's status for a failure, or 200 if the route has no integration. */
export interface Integration {
  status: number;
  /** API Gateway's message to the client. Undefined if the function has returned a status, or was not invoked. */
  failure?: string;
}

/** Never rejects: the reason why a function failed is in its log, and clients do not get it. */
export async function integrate(
  { invoke, routes }: Pick<WebSocketApiOptions, "invoke" | "routes">,
  event: WebSocketEvent,
  limitMs: number,
): Promise<Integration> {
  if (routes && !routes.includes(event.requestContext.routeKey)) return { status: 200 };
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<Integration>((resolve) => {
    timer = setTimeout(resolve, limitMs, { status: 504, failure: "Endpoint request timed out" });
  });
  const invocation = { requestId: randomUUID(), traceId: createTraceId(), event };
  const response = invoke(invocation).then(({ body }) => text(body));
  try {
    return await Promise.race([timeout, response.then(readResponse)]);
  } catch {
    return internalServerError;
  } finally {
    clearTimeout(timer);
  }
}

const internalServerError: Integration = { status: 502, failure: "Internal server error" };

/** A response without a status is malformed, as with the other kinds of APIs in API Gateway. */
function readResponse(json: string): Integration {
  const response = JSON.parse(json) as { statusCode?: unknown } | null;
  const status = Number(response?.statusCode ?? Number.NaN);
  return Number.isInteger(status) && status >= 100 && status < 600 ? { status } : internalServerError;
}
