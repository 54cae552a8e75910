// Lambda's Invoke operation for asynchronous invocations, with which a function invokes itself.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ApiServer, startApiServer } from "../api-server.ts";
import { receiveSigned, sendApiError, type ApiError, type SigningScope } from "../signed-request.ts";
import { createTraceId } from "../trace-id.ts";
import type { EventQueue } from "./event-queue.ts";

export interface InvokeApiOptions extends Omit<SigningScope, "service"> {
  /** The queues of the functions that may be invoked, by the functions' names. */
  queues: Record<string, EventQueue>;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxEventBytes = 1024 * 1024;

/** The URL is for `AWS_ENDPOINT_URL_LAMBDA`. */
export function startInvokeApi(options: InvokeApiOptions): Promise<ApiServer> {
  return startApiServer((request, response) => serve(request, response, options));
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: InvokeApiOptions,
): Promise<void> {
  const requestId = randomUUID();
  response.setHeader("x-amzn-requestid", requestId);
  const received = await receiveSigned(request, { ...options, service: "lambda" });
  if (received === undefined) return;
  if ("status" in received) return sendApiError(response, received);
  const accepted = readInvocation(request, received.body, options.queues);
  if ("status" in accepted) return sendApiError(response, accepted, { Type: "User" });
  accepted.queue.push({ requestId, traceId: createTraceId(), event: accepted.event });
  response.writeHead(202).end();
}

function readInvocation(
  { method, url = "", headers }: IncomingMessage,
  body: Buffer,
  queues: Record<string, EventQueue>,
): { queue: EventQueue; event: unknown } | ApiError {
  const [, name] = /^\/2015-03-31\/functions\/([^/?]+)\/invocations$/.exec(url) ?? [];
  if (method !== "POST" || name === undefined) {
    const message = `The local Lambda has POST /2015-03-31/functions/{name}/invocations only`;
    return { status: 404, type: "UnknownOperationException", message };
  }
  const queue = Object.hasOwn(queues, name) ? queues[name] : undefined;
  if (!queue)
    return { status: 404, type: "ResourceNotFoundException", message: `Function not found: ${name}` };
  if (headers["x-amz-invocation-type"] !== "Event") {
    const message =
      "The local Lambda takes asynchronous invocations only: set X-Amz-Invocation-Type to Event";
    return { status: 400, type: "InvalidParameterValueException", message };
  }
  if (body.length > maxEventBytes) {
    const message = `${body.length} byte payload is too large for the Event invocation type (limit ${maxEventBytes} bytes)`;
    return { status: 413, type: "RequestEntityTooLargeException", message };
  }
  try {
    return { queue, event: JSON.parse(body.length === 0 ? "{}" : body.toString()) };
  } catch {
    const message = "Could not parse request body into json";
    return { status: 400, type: "InvalidRequestContentException", message };
  }
}
