// One attempt: signs the request, sends it, and checks that the response is a stream.
import { untilAborted } from "../shared/abort.ts";
import { alteredError, contentCodingOf, contentLengthOf } from "./altered-response.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { DeltapipeError } from "./errors.ts";
import { shortened } from "../shared/printable-text.ts";
import { errorFromResponse } from "./error-from-response.ts";
import { computeSignature } from "../signer/compute-signature.ts";
import type { Credentials, CredentialsProvider } from "../signer/credentials.ts";
import { parseTarget } from "../signer/request-target.ts";
import type { Scope } from "../signer/signing-scope.ts";
import type { IncomingResponse, Platform, ResponseBody } from "./platform.ts";

/** An error response is short and arrives all at once. */
export const errorBodyTimeoutMs = 5000;

export interface Transport {
  platform: Platform;
  url: URL;
  scope: Scope;
  credentials: Credentials | CredentialsProvider;
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
  /** In milliseconds, for an error that does not specify a delay. */
  suggestedDelay: number;
}

export interface OpenedStream {
  body: ResponseBody;
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
  { platform, scope, credentials, ...transport }: Transport,
  unsigned: Unsigned,
  { signal, suggestedDelay }: Call,
): Promise<IncomingResponse> {
  signal.throwIfAborted();
  const { method, url, body = "" } = unsigned;
  const headers = { host: url.host, ...unsigned.headers };
  const toSign = { ...scope, method, ...parseTarget(url), headers, content: body };
  const signature = await untilAborted(computeSignature(platform.sigv4, toSign, { credentials }), signal);
  const signed = { ...unsigned, headers: { ...headers, ...signature } };
  return platform.send({ ...transport, ...signed, signal, suggestedDelay });
}

function isStream({ status, headers }: IncomingResponse): boolean {
  return status === 200 && /^application\/x-ndjson *(;|$)/i.test(String(headers["content-type"]));
}

/** Reads the body of a response that is not what was asked for. */
export function readError(
  response: IncomingResponse,
  { firstByteTimeout }: Transport,
  suggestedDelay: number,
): Promise<DeltapipeError> {
  const timeout = Math.min(firstByteTimeout, errorBodyTimeoutMs);
  return errorFromResponse({ ...response, timeout }, suggestedDelay);
}
