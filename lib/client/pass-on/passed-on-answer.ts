// Writes an answer in the requested format, as the source of a stream or as a response.
import type { textsOf } from "../answer-iterators.ts";
import type { ConverseEvent } from "../converse-event.ts";
import type { AnswerFormat, ResponseOptions } from "../converse-stream.ts";
import { type DeltapipeError, RetryLaterError } from "../errors.ts";
import type { ReceivedLine } from "../ndjson.ts";
import { errorLineOf, formatLine, type LineFormat } from "./line-format.ts";
import { statusOf } from "./response-status.ts";

/** The lines of an answer that nobody has started to read, and the format in which to write them. */
export interface LineSource {
  /** Yields an `error` line too, and then throws the error. */
  lines: AsyncIterableIterator<ReceivedLine>;
  format: AnswerFormat;
  abort(reason: unknown): void;
  /** The function `textsOf`. It is not imported here, so that bundlers leave it in the file that a page loads first. */
  textsOf: typeof textsOf;
}

/** Puts the next bytes into a stream, or ends it. */
export type Pull = (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => Promise<void>;

const contentTypes: Record<AnswerFormat, string> = {
  ndjson: "application/x-ndjson",
  sse: "text/event-stream",
  text: "text/plain; charset=utf-8",
};

const commonHeaders = {
  "cache-control": "no-store, no-transform",
  "x-content-type-options": "nosniff",
  // Without this header, nginx would buffer the stream: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
  "x-accel-buffering": "no",
};

/** Writes the answer. A failed answer ends with the `error` line; with the format `text`, the stream fails instead. */
export function pullFrom(source: LineSource): Pull {
  return pullPieces(piecesOf(source));
}

/** Waits for the first piece, because a failure can become the response's status only before anything is sent. */
export async function responseOf(source: LineSource, options: ResponseOptions): Promise<Response> {
  const { status = 200 } = options;
  const pieces = piecesOf(source);
  const first = await pieces.next();
  if (first.failure) return errorResponse(first.failure, options.headers);
  const contentType = contentTypes[source.format];
  const headers = { ...commonHeaders, "content-type": contentType, ...lowerCased(options.headers) };
  const body = { pull: pullPieces(pieces, first), cancel: source.abort };
  return new Response(new ReadableStream(body, { highWaterMark: 0 }), { status, headers });
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

/** The next piece of the answer in its format, or the failure that ended it. An object without members means the end. */
interface Piece {
  text?: string;
  failure?: Failure;
}

interface Pieces {
  format: AnswerFormat;
  next(): Promise<Piece>;
}

function piecesOf({ lines, format, textsOf }: LineSource): Pieces {
  let errorLine: ReceivedLine | undefined;

  async function* read<T>(pick: (received: ReceivedLine) => T): AsyncGenerator<T, void, undefined> {
    for await (const received of lines) {
      if (received.line?.type === "error") errorLine = received;
      else if (received.line) yield pick(received);
    }
  }

  const texts =
    format === "text"
      ? textsOf(read(({ line }) => line as ConverseEvent))
      : read((received) => formatLine(received, format));

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
function pullPieces(pieces: Pieces, first?: Piece): Pull {
  const encoder = new TextEncoder();
  let unread = first;
  return async function pull(controller) {
    const { text, failure } = unread ?? (await pieces.next());
    unread = undefined;
    if (text !== undefined) return controller.enqueue(encoder.encode(text));
    if (failure && pieces.format === "text") return controller.error(failure.error);
    if (failure) controller.enqueue(encoder.encode(formatLine(failure.line, pieces.format as LineFormat)));
    controller.close();
  };
}
