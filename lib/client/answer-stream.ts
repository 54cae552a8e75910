// One answer for one consumer, who reads it as events, text or lines, passes it on, or takes the complete result.
import { onAbort } from "../shared/abort.ts";
import { isTimeout } from "../shared/timeout-reason.ts";
import { alteredError } from "./altered-response.ts";
import { createAnswerCollector } from "./answer-collector.ts";
import { closeOnReturn, readToEnd, textsOf } from "./answer-iterators.ts";
import {
  AbortError,
  ConfigurationError,
  type DeltapipeError,
  StreamCutError,
  TimeoutError,
} from "./errors.ts";
import type { ConverseEvent, ConverseResult } from "./converse-event.ts";
import type { ConverseStream } from "./converse-stream.ts";
import type { ReceivedLine } from "./ndjson.ts";
import { toReadableStream, toResponse, type UnreadAnswer } from "./pass-on/pass-on.ts";
import { errorFromLine, streamError } from "./stream-error.ts";
import type { OpenedStream } from "./transport.ts";

export interface StreamOptions {
  /** Sends the request, with retries, and resolves with the stream. The signal closes the connection. */
  open: (signal: AbortSignal) => Promise<OpenedStream>;
  /** The caller's signal. */
  signal: AbortSignal | undefined;
}

/** Sends the request at once, whether or not somebody reads the answer. */
export function createStream({ open, signal }: StreamOptions): ConverseStream {
  const connection = new AbortController();
  const stopListening = signal ? onAbort(signal, onSignal) : (): void => undefined;
  const answer = createAnswerCollector(stopListening);
  let hasConsumer = false;

  if (signal?.aborted) onSignal();
  const opening = open(connection.signal).catch((error: unknown) => {
    throw clientError(error);
  });
  // Without this handler, the rejection would be unhandled if nobody has started to read the answer.
  opening.catch((error: DeltapipeError) => answer.fail(error));

  function onSignal(): void {
    const cause: unknown = signal?.reason;
    if (isTimeout(cause)) {
      end("the time limit of the caller's signal passed; allow more time", TimeoutError, cause);
    } else end("the caller's signal aborted it", AbortError, cause);
  }

  /** `found` is the part of the message that says what happened. */
  function end(found: string, Kind: typeof AbortError | typeof TimeoutError, cause?: unknown): void {
    if (answer.settled) return;
    const error = new Kind(`Cannot finish the answer: ${found}`, { ...answer.details(), cause });
    answer.fail(error);
    connection.abort(error);
  }

  function abort(reason?: unknown): void {
    end("the caller aborted it", AbortError, reason);
  }

  async function* receive<T>(
    pick: (received: ReceivedLine) => T | undefined,
  ): AsyncGenerator<T, undefined, undefined> {
    try {
      const { lines, contentLength } = await opening;
      for await (const received of lines) {
        connection.signal.throwIfAborted();
        const { line } = received;
        const picked = pick(received);
        if (line?.type === "error") {
          const error = errorFromLine(line, answer.details());
          answer.fail(error);
          if (picked !== undefined) yield picked;
          throw error;
        }
        if (line) answer.add(line);
        if (picked !== undefined) yield picked;
      }
      if (answer.settled) return;
      throw contentLength === undefined
        ? new StreamCutError(
            "Cannot finish the answer: the stream ended before its last line",
            answer.details(),
          )
        : alteredError(`it was cut to its content-length of ${contentLength} bytes`, answer.details());
    } catch (error) {
      const failure = clientError(error);
      answer.fail(failure);
      throw failure;
    }
  }

  function clientError(error: unknown): DeltapipeError {
    return connection.signal.aborted
      ? (connection.signal.reason as DeltapipeError)
      : streamError(error, answer.details());
  }

  function read<T>(pick: (received: ReceivedLine) => T | undefined): AsyncIterableIterator<T> {
    if (hasConsumer) {
      throw new ConfigurationError(
        "Cannot read this answer twice: reading has already begun; use one loop, and start it before result()",
      );
    }
    hasConsumer = true;
    const received = receive(pick);
    return closeOnReturn(
      () => received.next(),
      () => {
        end("its loop ended early", AbortError);
        return received.return(undefined);
      },
    );
  }

  function result(): Promise<ConverseResult> {
    if (!hasConsumer) void readToEnd(read(eventOf));
    return answer.result;
  }

  const unread: UnreadAnswer = { readLines: () => read((received) => received), abort };
  return {
    [Symbol.asyncIterator]: () => read(eventOf),
    textStream: () => textsOf(read(eventOf)),
    lines: () => read(({ text }) => text),
    result,
    abort,
    toReadableStream: (options) => toReadableStream(unread, options),
    toResponse: (options) => toResponse(unread, options),
    [Symbol.asyncDispose]: async () => abort(),
  };
}

function eventOf({ line }: ReceivedLine): ConverseEvent | undefined {
  return line?.type === "error" ? undefined : line;
}
