// One attempt: sign, send, and tell the stream from anything else that may answer.
import type { Readable } from "node:stream";
import { type Dispatcher, request } from "undici";
import { untilAborted } from "../shared/abort.ts";
import { alteredError, contentCodingOf, contentLengthOf } from "./altered-response.ts";
import { connectionError } from "./connection-error.ts";
import { sharedAgent } from "../shared/shared-agent.ts";
import type { DeltapipeError } from "./errors.ts";
import { shortened } from "../shared/printable-text.ts";
import { refusalOf } from "./error-from-response.ts";
import { type SigningOptions, signRequest } from "../signer/sign-request.ts";

// Milliseconds for the text of a refusal: it is short, and all of it is sent at once.
const longestRefusal = 5000;

export interface Transport {
  url: URL;
  signing: SigningOptions;
  /** Default: the process's shared connections. */
  dispatcher: Dispatcher | undefined;
  /** Milliseconds to the response's headers. */
  firstByteTimeout: number;
  /** Milliseconds between bytes of the body. */
  idleTimeout: number;
}

export interface OpenedStream {
  body: Readable;
  /** Bytes, where something between here and the service has set a length. */
  contentLength: number | undefined;
}

/** Gives a response that is a stream. Throws the error that says what the caller, or a retry, can do. */
export async function openStream(
  transport: Transport,
  body: string,
  { signal, suggestedDelay }: { signal: AbortSignal; suggestedDelay: number },
): Promise<OpenedStream> {
  signal.throwIfAborted();
  const headers = await untilAborted(
    signRequest(
      {
        method: "POST",
        url: transport.url,
        headers: { accept: "application/x-ndjson", "content-type": "application/json" },
        body,
      },
      transport.signing,
    ),
    signal,
  );
  const response = await send(transport, { headers, body, signal, suggestedDelay });
  // Aborted while nobody reads, the body would end the process with an unhandled "error".
  response.body.on("error", () => {});
  if (!isStream(response)) throw await refusal(response, transport, suggestedDelay);
  const coding = contentCodingOf(response.headers);
  if (coding === undefined) return { body: response.body, contentLength: contentLengthOf(response.headers) };
  response.body.destroy();
  throw alteredError(`it is compressed (content-encoding ${shortened(coding, 40)})`, {
    partial: { role: "assistant", content: [] },
  });
}

interface Sendable {
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
  suggestedDelay: number;
}

async function send(transport: Transport, sendable: Sendable): Promise<Dispatcher.ResponseData> {
  const { url, dispatcher = sharedAgent(), firstByteTimeout, idleTimeout } = transport;
  const { suggestedDelay, ...options } = sendable;
  try {
    return await request(url, {
      ...options,
      method: "POST",
      dispatcher,
      // undici's timers, set for each request: they rest while backpressure has paused the body.
      headersTimeout: firstByteTimeout,
      bodyTimeout: idleTimeout,
    });
  } catch (error) {
    sendable.signal.throwIfAborted();
    throw connectionError(error, url, suggestedDelay);
  }
}

function isStream({ statusCode, headers }: Dispatcher.ResponseData): boolean {
  return statusCode === 200 && /^application\/x-ndjson *(;|$)/i.test(String(headers["content-type"]));
}

function refusal(
  response: Dispatcher.ResponseData,
  { firstByteTimeout }: Transport,
  suggestedDelay: number,
): Promise<DeltapipeError> {
  const timeout = Math.min(firstByteTimeout, longestRefusal);
  return refusalOf({ ...response, status: response.statusCode, timeout }, suggestedDelay);
}
