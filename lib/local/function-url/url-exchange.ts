// The state of one request and its response, and the report at their end.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createTraceId } from "../trace-id.ts";
import { responseHeaders, type CorsConfiguration } from "./cors.ts";
import { FirstDelta } from "./first-delta.ts";
import type { UrlErrorResponse } from "./url-error-responses.ts";

/** How a request ended. `function-failed` includes a response that was cut because the function failed halfway. */
export type Ending = "complete" | "disconnected" | "function-failed" | "rejected";

export interface RequestReport {
  method: string;
  /** Without the query string, which may contain a signature. */
  path: string;
  /** Absent if the caller disconnected before the response. */
  status?: number;
  requestId: string;
  /** Bytes of the response body, before chunked encoding. */
  bytes: number;
  /** Milliseconds from the request's arrival until the first delta was sent. Absent if no delta was sent. */
  firstDeltaMs?: number;
  totalMs: number;
  ended: Ending;
  /** The reason why the function, or the local Function URL, failed. */
  error?: unknown;
}

export interface UrlExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly traceId: string;
  readonly cors: CorsConfiguration | undefined;
  readonly callerStallMs: number;
  bytes: number;
  /** Searches each piece of the body as it is sent. */
  readonly firstDelta: FirstDelta;
  /** How the request ended. Stays undefined for `complete` and `disconnected`, which the report reads from the response. */
  ended?: Ending;
  error?: unknown;
}

export interface UrlExchangeOptions {
  cors?: CorsConfiguration;
  callerStallMs?: number;
  onRequest?: (report: RequestReport) => void;
}

export function openUrlExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { cors, callerStallMs = 90_000, onRequest }: UrlExchangeOptions,
): UrlExchange {
  const exchange: UrlExchange = {
    request,
    response,
    cors,
    callerStallMs,
    requestId: randomUUID(),
    traceId: createTraceId(),
    bytes: 0,
    firstDelta: new FirstDelta(),
  };
  const started = performance.now();
  // Writing to a disconnected caller causes an error, which nobody needs to handle.
  response.on("error", () => {});
  whenClosed(exchange, () => onRequest?.(report(exchange, performance.now() - started)));
  return exchange;
}

/**
 * Calls back once, when the response or its connection is closed. (The response to a pipelined request emits no `close` if it
 * was never begun.) Returns a function that cancels the callback.
 */
export function whenClosed({ request, response }: UrlExchange, callback: () => void): () => void {
  const { socket } = request;
  let isSettled = false;
  response.once("close", settle);
  socket.once("close", settle);
  return stop;

  function settle(): void {
    // Node can call this function twice: it emits the response's `close` during the socket's `close`, and then calls the socket's
    // listener.
    if (isSettled) return;
    isSettled = true;
    stop();
    callback();
  }

  function stop(): void {
    response.off("close", settle);
    socket.off("close", settle);
  }
}

/** Sends one of Lambda's own error responses. */
export function respondWithError(exchange: UrlExchange, error: UrlErrorResponse): void {
  const body = writeErrorHead(exchange, error);
  exchange.response.end(body);
}

/** Sends the status and headers, and returns the body, which the caller of this function has to send. */
export function writeErrorHead(exchange: UrlExchange, error: UrlErrorResponse): Buffer {
  const { request, response } = exchange;
  const body = Buffer.from(error.body);
  exchange.ended ??= "rejected";
  if (error.errorType) response.setHeader("x-amzn-ErrorType", error.errorType);
  response.setHeader("content-type", "application/json");
  response.setHeader("content-length", body.length);
  writeHead(exchange, error.status);
  if (request.method !== "HEAD") exchange.bytes += body.length;
  return body;
}

/** Writes the status and headers, and adds the headers that every response of a Function URL has. */
export function writeHead(
  exchange: UrlExchange,
  status: number,
  corsHeaders = exchange.cors ? responseHeaders(exchange.cors, exchange.request.headers.origin) : {},
): void {
  const { vary, ...replaced } = corsHeaders;
  exchange.response.setHeader("x-amzn-RequestId", exchange.requestId);
  if (vary !== undefined) exchange.response.appendHeader("vary", vary);
  for (const [name, value] of Object.entries(replaced)) exchange.response.setHeader(name, value);
  exchange.response.writeHead(status);
}

function report(exchange: UrlExchange, totalMs: number): RequestReport {
  const { request, response } = exchange;
  return {
    method: request.method ?? "",
    path: (request.url ?? "").split("?", 1)[0]!,
    ...(response.headersSent && { status: response.statusCode }),
    requestId: exchange.requestId,
    bytes: exchange.bytes,
    ...(exchange.firstDelta.afterMs !== undefined && { firstDeltaMs: exchange.firstDelta.afterMs }),
    totalMs,
    ended: exchange.ended ?? (response.writableFinished ? "complete" : "disconnected"),
    ...(exchange.error !== undefined && { error: exchange.error }),
  };
}
