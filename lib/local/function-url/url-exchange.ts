// One request and its response: what is known of them, and the report when they are over.
import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { responseHeaders, type CorsConfiguration } from "./cors.ts";
import { FirstDelta } from "./first-delta.ts";
import type { UrlErrorResponse } from "./service-errors.ts";

/** How a request ended. `function-failed` is also an answer that was cut because the function failed half way. */
export type Ending = "complete" | "caller-disconnected" | "function-failed" | "rejected";

export interface RequestReport {
  method: string;
  /** Without the query string, which may hold a signature. */
  path: string;
  /** Absent when the caller left before it was answered. */
  status?: number;
  requestId: string;
  /** Bytes of the response body, before chunked encoding. */
  bytes: number;
  /** From the request's arrival until the answer's first delta was sent; absent if there was none. */
  firstDeltaMs?: number;
  totalMs: number;
  ended: Ending;
  /** Why the function, or the front itself, failed. */
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
  /** Told of each piece of the body as it is sent. */
  readonly firstDelta: FirstDelta;
  /** Set before the response is over, unless it is for the socket to say: `complete` or `caller-left`. */
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
  // What is written to a caller who has left is an error, and there is nobody to tell.
  response.on("error", () => {});
  whenClosed(exchange, () => onRequest?.(report(exchange, performance.now() - started)));
  return exchange;
}

/**
 * Calls back once, when the response is over or its connection gone. Of a pipelined request whose turn never came, only
 * the connection says so. Gives back a function that stops the wait.
 */
export function whenClosed({ request, response }: UrlExchange, callback: () => void): () => void {
  const { socket } = request;
  let isSettled = false;
  response.once("close", settle);
  socket.once("close", settle);
  return stop;

  function settle(): void {
    // Node emits the response's close from within the socket's, whose listeners are then called all the same.
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

/** Answers in the function's stead. */
export function respondWithError(exchange: UrlExchange, error: UrlErrorResponse): void {
  const body = writeErrorHead(exchange, error);
  exchange.response.end(body);
}

/** Gives back the body, which is still to be sent. */
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

/** Writes the head with what every response of a Function URL has. */
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
    ended: exchange.ended ?? (response.writableFinished ? "complete" : "caller-disconnected"),
    ...(exchange.error !== undefined && { error: exchange.error }),
  };
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function createTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString("hex")};Parent=${randomBytes(8).toString("hex")};Sampled=0`;
}
