// Passes an answer on: as a web stream, or as the response of a web server.
import { textsOf } from "./answer-iterators.ts";
import type { ConverseEvent } from "./converse-event.ts";
import type { AnswerFormat, ReadableStreamOptions, ResponseOptions } from "./converse-stream.ts";
import { ConfigurationError, type DeltapipeError, RetryLaterError } from "./errors.ts";
import { errorLineOf, formatLine, type LineFormat } from "./line-format.ts";
import type { ReceivedLine } from "./ndjson.ts";
import { statusOf } from "./response-status.ts";

/** An answer that nobody has started to read. */
export interface UnreadAnswer {
  /** `pick` returns what to yield for a line, or `undefined` for nothing. An `error` line is passed to `pick` before the
   * iterator throws its error. */
  read<T>(pick: (received: ReceivedLine) => T | undefined): AsyncIterableIterator<T>;
  abort(reason: unknown): void;
}

const contentTypes: Record<AnswerFormat, string> = {
  ndjson: "application/x-ndjson",
  sse: "text/event-stream",
  text: "text/plain; charset=utf-8",
};

const commonHeaders = {
  "cache-control": "no-store, no-transform",
  "x-content-type-options": "nosniff",
  // nginx would collect the stream otherwise: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
  "x-accel-buffering": "no",
};

type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

export function toReadableStream(
  answer: UnreadAnswer,
  { format = "ndjson" }: ReadableStreamOptions = {},
): Bytes {
  return streamOf(piecesOf(answer, format), answer);
}

/** Waits for the first piece, because a status can be sent only before it. */
export async function toResponse(answer: UnreadAnswer, options: ResponseOptions = {}): Promise<Response> {
  const { format = "ndjson", status = 200 } = options;
  const pieces = piecesOf(answer, format);
  const first = await pieces.next();
  if (first.failure) return errorResponse(first.failure, options.headers);
  const headers = { ...commonHeaders, "content-type": contentTypes[format], ...lowerCased(options.headers) };
  return new Response(streamOf(pieces, answer, first), { status, headers });
}

function errorResponse(failure: Failure, headers: ResponseOptions["headers"]): Response {
  const { error, line } = failure;
  const retryAfter =
    error instanceof RetryLaterError ? { "retry-after": String(Math.ceil(error.retryAfterMs / 1000)) } : {};
  return new Response(`${line.text}\n`, {
    status: statusOf(error),
    headers: {
      ...commonHeaders,
      ...retryAfter,
      ...lowerCased(headers),
      "content-type": "application/json",
    },
  });
}

function lowerCased(headers: ResponseOptions["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

interface Failure {
  error: DeltapipeError;
  line: ReceivedLine;
}

/** One step: a piece of the answer's text, or the failure that ended it. Empty when the answer is complete. */
interface Piece {
  text?: string;
  failure?: Failure;
}

interface Pieces {
  format: AnswerFormat;
  next(): Promise<Piece>;
}

function piecesOf(answer: UnreadAnswer, format: AnswerFormat): Pieces {
  if (!Object.hasOwn(contentTypes, format)) {
    throw new ConfigurationError(
      `Cannot write an answer as ${JSON.stringify(format)}: there is no such format; use ndjson, sse or text`,
    );
  }
  let errorLine: ReceivedLine | undefined;
  function pick(received: ReceivedLine): ReceivedLine | undefined {
    if (received.line?.type === "error") errorLine = received;
    return received.line === undefined || received.line.type === "error" ? undefined : received;
  }
  const texts =
    format === "text"
      ? textsOf(answer.read((received) => pick(received)?.line as ConverseEvent | undefined))
      : answer.read((received) => {
          const line = pick(received);
          return line && formatLine(line, format);
        });
  async function next(): Promise<Piece> {
    try {
      const step = await texts.next();
      return step.done ? {} : { text: step.value };
    } catch (thrown) {
      const error = thrown as DeltapipeError;
      return { failure: { error, line: errorLine ?? errorLineOf(error) } };
    }
  }
  return { format, next };
}

/** `first` is a piece that has been read already. */
function streamOf(pieces: Pieces, answer: UnreadAnswer, first?: Piece): Bytes {
  const encoder = new TextEncoder();
  let unread = first;
  async function pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    const { text, failure } = unread ?? (await pieces.next());
    unread = undefined;
    if (text !== undefined) return controller.enqueue(encoder.encode(text));
    if (failure && pieces.format === "text") return controller.error(failure.error);
    if (failure) controller.enqueue(encoder.encode(formatLine(failure.line, pieces.format as LineFormat)));
    controller.close();
  }
  // Nothing is read before the consumer asks for it, so that a slow consumer slows the service down too.
  return new ReadableStream({ pull, cancel: (reason) => answer.abort(reason) }, { highWaterMark: 0 });
}
