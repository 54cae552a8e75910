// Sends a request to the service: signs each attempt, and checks that the response has the requested type.
import { untilAborted } from "../shared/abort.ts";
import { readErrorBody } from "../shared/error-body.ts";
import { alteredError, contentCodingOf, contentLengthOf } from "./altered-response.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { shortened } from "../shared/printable-text.ts";
import { errorFromResponse } from "./error-from-response.ts";
import { computeSignature } from "../signer/compute-signature.ts";
import type { Credentials, CredentialsProvider } from "../signer/credentials.ts";
import { parseTarget } from "../signer/request-target.ts";
import type { Scope } from "../signer/signing-scope.ts";
import type { ReceivedLine } from "./ndjson.ts";
import { bodyTimeoutMs, type IncomingResponse, type Platform } from "./platform.ts";
import { readLines } from "./read-lines.ts";
import { type RetryPolicy, withRetries } from "./retry.ts";

export interface Transport {
  platform: Platform;
  /** The service's URL. */
  url: URL;
  scope: Scope;
  credentials: Credentials | CredentialsProvider;
  /** Default: the connection pool that all clients of this process share. */
  dispatcher: Dispatcher | undefined;
  /** In milliseconds, for the response's headers. */
  firstByteTimeout: number;
  /** In milliseconds, between two chunks of the body. */
  idleTimeout: number;
  /** In bytes. */
  maxLineLength: number;
  policy: RetryPolicy;
}

/** A request before it is signed, without the headers that are added to all requests. */
export interface ServiceRequest {
  method: "GET" | "POST";
  url: URL;
  /** The content type that the response must have. */
  accept: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface OpenedStream {
  /** Fails with `LostConnection` or `BadLineError`. See `readLines`. */
  lines: AsyncIterable<ReceivedLine>;
  /** In bytes, if a proxy has set a length. */
  contentLength: number | undefined;
}

/**
 * Resolves with a response of the requested type and the status 200. Rejects with a `DeltapipeError`, or
 * with the signal's reason. The signal closes the connection, even while the body is being read.
 */
function send(transport: Transport, request: ServiceRequest, signal: AbortSignal): Promise<IncomingResponse> {
  return withRetries(transport.policy, signal, (suggestedDelay) =>
    attempt(transport, request, signal, suggestedDelay),
  );
}

/** `suggestedDelay` is in milliseconds, for an error that does not specify a delay. */
async function attempt(
  { platform, scope, credentials, ...transport }: Transport,
  { accept, ...request }: ServiceRequest,
  signal: AbortSignal,
  suggestedDelay: number,
): Promise<IncomingResponse> {
  signal.throwIfAborted();
  const { method, url, body: content = "" } = request;
  const headers = { host: url.host, accept, ...request.headers };
  const toSign = { ...scope, method, ...parseTarget(url), headers, content };
  const signature = await untilAborted(computeSignature(platform.sigv4, toSign, { credentials }), signal);
  const signed = { ...request, headers: { ...headers, ...signature } };
  const response = await platform.send({ ...transport, ...signed, signal, suggestedDelay });
  const contentType = response.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (response.status === 200 && contentType === accept) return response;
  const timeout = Math.min(transport.firstByteTimeout, bodyTimeoutMs);
  throw await errorFromResponse({ ...response, timeout }, suggestedDelay);
}

/**
 * Requests a short text. Rejects with the errors of {@link send}, and with the reason of the caller's signal. Resolves
 * with "" if the text is cut off or takes too long.
 */
export async function requestText(
  transport: Transport,
  request: ServiceRequest,
  signal: AbortSignal | undefined,
): Promise<string> {
  const connection = new AbortController();
  try {
    signal?.throwIfAborted();
    const { body } = await untilAborted(send(transport, request, connection.signal), signal);
    return await untilAborted(readErrorBody(body, bodyTimeoutMs), signal);
  } finally {
    // Closes the connection if the response has not been read to its end.
    connection.abort();
  }
}

/**
 * Requests an answer. `isWhole`: whether the request asks for the answer from the first line on. Rejects with the
 * errors of {@link send}, and with a `StreamFailedError` if the answer is compressed.
 */
export async function openStream(
  transport: Transport,
  body: string,
  isWhole: boolean,
  signal: AbortSignal,
): Promise<OpenedStream> {
  const headers = { "content-type": "application/json" };
  const { url, maxLineLength } = transport;
  const request = { method: "POST", url, accept: "application/x-ndjson", headers, body } as const;
  const response = await send(transport, request, signal);
  const coding = contentCodingOf(response.headers);
  if (coding === undefined) {
    const lines = readLines(response.body, maxLineLength, isWhole);
    return { lines, contentLength: contentLengthOf(response.headers) };
  }
  response.body.destroy();
  throw alteredError(`it was compressed (content-encoding ${shortened(coding, 40)})`, {
    partial: { role: "assistant", content: [] },
  });
}
