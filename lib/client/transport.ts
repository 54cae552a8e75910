// One attempt: signs the request, sends it, and checks that the response is a stream.
import type { Readable } from "node:stream";
import { type Dispatcher as UndiciDispatcher, request } from "undici";
import { untilAborted } from "../shared/abort.ts";
import { alteredError, contentCodingOf, contentLengthOf } from "./altered-response.ts";
import { connectionError } from "./connection-error.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { sharedAgent } from "../shared/shared-agent.ts";
import type { DeltapipeError } from "./errors.ts";
import { shortened } from "../shared/printable-text.ts";
import { errorFromResponse } from "./error-from-response.ts";
import { type SigningOptions, signRequest } from "../signer/sign-request.ts";

/** An error response is short and arrives all at once. */
export const errorBodyTimeoutMs = 5000;

export interface Transport {
  url: URL;
  signing: SigningOptions;
  /** Default: the connection pool that this process shares. */
  dispatcher: Dispatcher | undefined;
  /** In milliseconds, for the response's headers. */
  firstByteTimeout: number;
  /** In milliseconds, between two chunks of the body. */
  idleTimeout: number;
}

/** One attempt of a call. */
export interface Call {
  /** Closes the connection. */
  signal: AbortSignal;
  /** In milliseconds, for an error of the attempt that does not name a delay itself. */
  suggestedDelay: number;
}

export interface OpenedStream {
  body: Readable;
  /** In bytes, if a proxy has set a length. */
  contentLength: number | undefined;
}

/** Resolves with a response that is a stream. Rejects with a `DeltapipeError`, or with the signal's reason. */
export async function openStream(transport: Transport, body: string, call: Call): Promise<OpenedStream> {
  const headers = { accept: "application/x-ndjson", "content-type": "application/json" };
  const response = await sendSigned(transport, { method: "POST", url: transport.url, headers, body }, call);
  if (!isStream(response)) throw await readError(response, transport, call.suggestedDelay);
  const coding = contentCodingOf(response.headers);
  if (coding === undefined) return { body: response.body, contentLength: contentLengthOf(response.headers) };
  response.body.destroy();
  throw alteredError(`it was compressed (content-encoding ${shortened(coding, 40)})`, {
    partial: { role: "assistant", content: [] },
  });
}

export interface Unsigned {
  method: "GET" | "POST";
  url: URL;
  headers: Record<string, string>;
  body?: string;
}

/** Rejects with a `DeltapipeError`, or with the signal's reason. */
export async function sendSigned(
  transport: Transport,
  unsigned: Unsigned,
  call: Call,
): Promise<UndiciDispatcher.ResponseData> {
  call.signal.throwIfAborted();
  const headers = await untilAborted(signRequest(unsigned, transport.signing), call.signal);
  const response = await send(transport, { ...unsigned, headers }, call);
  // If the signal fires while nobody reads, the body emits "error", and without a listener that ends the process.
  response.body.on("error", () => {});
  return response;
}

async function send(
  { dispatcher = sharedAgent(), firstByteTimeout, idleTimeout }: Transport,
  { url, ...sendable }: Unsigned,
  { signal, suggestedDelay }: Call,
): Promise<UndiciDispatcher.ResponseData> {
  try {
    return await request(url, {
      ...sendable,
      signal,
      dispatcher: dispatcher as UndiciDispatcher,
      // undici stops its timers while backpressure pauses the body, so a slow reader does not cause a timeout.
      headersTimeout: firstByteTimeout,
      bodyTimeout: idleTimeout,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw connectionError(error, url, suggestedDelay);
  }
}

function isStream({ statusCode, headers }: UndiciDispatcher.ResponseData): boolean {
  return statusCode === 200 && /^application\/x-ndjson *(;|$)/i.test(String(headers["content-type"]));
}

/** Reads the body of a response that is not what was asked for. */
export function readError(
  response: UndiciDispatcher.ResponseData,
  { firstByteTimeout }: Transport,
  suggestedDelay: number,
): Promise<DeltapipeError> {
  const timeout = Math.min(firstByteTimeout, errorBodyTimeoutMs);
  return errorFromResponse({ ...response, status: response.statusCode, timeout }, suggestedDelay);
}
