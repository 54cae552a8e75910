// The state of one request through the proxy, and the report when it ends.
import type { IncomingMessage, ServerResponse } from "node:http";
import { shortened } from "../../shared/printable-text.ts";
import { discardBody } from "../../shared/receive-body.ts";
import { errorBody, ProxyError } from "./proxy-error.ts";

/** `refused`: the proxy answered with an error. `cut`: the connection to the service was lost in the middle of the answer. */
export type ProxyEnding = "complete" | "refused" | "cut" | "disconnected";

export interface ProxyReport {
  method: string;
  /** Without the query, whose values may be secret. */
  path: string;
  /** Undefined if the caller disconnected before the response. */
  status: number | undefined;
  /** The error's name, if the proxy or AWS gave one. */
  error: string | undefined;
  /** Bytes of the response's body. */
  bytes: number;
  totalMs: number;
  ended: ProxyEnding;
  /** An unexpected error: a bug in this program. */
  bug: unknown;
}

export interface ProxyExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborts when the caller has disconnected. */
  readonly signal: AbortSignal;
  bytes: number;
  ended: ProxyEnding | undefined;
  error: string | undefined;
  bug: unknown;
}

const discardLimits = { bytes: 60 * 1024 * 1024, silenceMs: 1000, totalMs: 10_000 };

export function openProxyExchange(
  request: IncomingMessage,
  response: ServerResponse,
  onReport: (report: ProxyReport) => void,
): ProxyExchange {
  const startedAt = performance.now();
  const disconnected = new AbortController();
  let closed = false;
  const { signal } = disconnected;
  const exchange: ProxyExchange = {
    request,
    response,
    signal,
    bytes: 0,
    ended: undefined,
    error: undefined,
    bug: undefined,
  };
  // Writing to a caller that has disconnected causes an error, which nobody needs to handle.
  response.on("error", () => {});
  response.once("close", close);
  // A pipelined request whose response was never begun gets no `close` of its own, only that of the connection.
  request.socket.once("close", close);
  return exchange;

  function close(): void {
    // Node may call this twice: it emits the response's `close` while it emits the socket's.
    if (closed) return;
    closed = true;
    response.off("close", close);
    request.socket.off("close", close);
    if (!response.writableFinished) disconnected.abort();
    onReport(reportOf(exchange, performance.now() - startedAt));
  }
}

/**
 * Sends one of the proxy's own error responses. Before it ends the response, it reads the rest of the request's body. If it
 * closed the connection instead, the caller would get a reset and could lose the response.
 */
export async function refuse(exchange: ProxyExchange, error: ProxyError): Promise<void> {
  const { request, response } = exchange;
  const body = errorBody(error);
  exchange.ended = "refused";
  exchange.error = error.name;
  response.setHeader("content-type", "application/json");
  response.setHeader("content-length", body.length);
  if (error.name === "MethodNotAllowed")
    response.setHeader("allow", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  if (!request.complete) response.setHeader("connection", "close");
  response.writeHead(error.status);
  if (request.method !== "HEAD") exchange.bytes += body.length;
  response.write(body);
  if (!request.complete) await discardBody(request, discardLimits);
  response.end();
}

/** Ends an incomplete answer so that the caller notices it. */
export function cut({ request, response }: ProxyExchange): void {
  const { socket } = request;
  // In HTTP/1.0 without a length, closing the connection would look like the end of the body, so the connection is reset.
  // In all other cases a reset is not needed, and could lose the last bytes: the caller sees that the last chunk is missing
  // or that the length is wrong.
  if (request.httpVersion === "1.0" && !response.hasHeader("content-length")) socket.resetAndDestroy();
  else socket.destroySoon();
}

function reportOf(exchange: ProxyExchange, totalMs: number): ProxyReport {
  const { request, response, bytes, error, bug } = exchange;
  return {
    method: request.method ?? "",
    path: pathOf(request.url ?? ""),
    status: response.headersSent ? response.statusCode : undefined,
    error,
    bytes,
    totalMs,
    ended: exchange.ended ?? (response.writableFinished ? "complete" : "disconnected"),
    bug,
  };
}

/** Hides a whole URL, which a client sends to an HTTP proxy, because it may contain a password. */
function pathOf(target: string): string {
  if (!target.startsWith("/")) return "(a whole URL)";
  return shortened(target.split(/[?#]/, 1)[0] ?? "", 200);
}
