// One answer for one consumer: a loop over the events, a loop over the text, or the result.
import type { ErrorLine } from "../wire.ts";
import { onAbort } from "../shared/abort.ts";
import { alteredError, isBadFraming } from "./altered-response.ts";
import { createAnswer } from "./answer-result.ts";
import { closeOnReturn, drain } from "./closing-iterator.ts";
import { causeOf, describeCut } from "./connection-error.ts";
import { isErrorLine } from "./error-line.ts";
import {
  AbortedError,
  ConfigurationError,
  DeltapipeError,
  StreamCutError,
  StreamFailedError,
} from "./errors.ts";
import type { ConverseEvent, ConverseResult } from "./converse-event.ts";
import { BadLineError } from "./ndjson.ts";
import { shortened } from "../shared/printable-text.ts";
import { readLines } from "./read-lines.ts";
import { textsOf } from "./text-stream.ts";
import type { OpenedStream } from "./transport.ts";

/**
 * An answer as it arrives. It has one consumer: a loop over the events, a loop over `textStream()`, or `result()`.
 * Leaving a loop early closes the connection.
 *
 * The loop and `result()` fail with the same error, one of this library's classes. An error that nobody reads is not
 * an unhandled rejection.
 *
 * @example
 * for await (const event of stream) {
 *   if (event.type === "contentBlockDelta") process.stdout.write(event.delta.text ?? "");
 * }
 * const { message, usage } = await stream.result();
 */
export interface ConverseStream extends AsyncIterable<ConverseEvent> {
  [Symbol.asyncIterator](): AsyncIterableIterator<ConverseEvent>;
  /** The answer's text alone, piece by piece. A piece never ends in the middle of a character, as a delta's text may. */
  textStream(): AsyncIterableIterator<string>;
  /**
   * The whole answer. Reads it if no loop does, so that a loop has to be begun first; `result()` then settles when
   * the loop ends. It rejects too, with a `StreamFailedError` of the code `ToolInputInvalid`, if the input of a tool
   * is no JSON object, as after the stop reason `max_tokens`; a loop over the events ends well then.
   */
  result(): Promise<ConverseResult>;
}

export interface StreamOptions {
  /** Sends the request, and gives a response that is a stream. */
  open: (signal: AbortSignal) => Promise<OpenedStream>;
  signal: AbortSignal | undefined;
  maxLineLength: number;
}

export function createStream({ open, signal, maxLineLength }: StreamOptions): ConverseStream {
  const connection = new AbortController();
  const unfollow = signal ? onAbort(signal, onSignal) : (): void => undefined;
  const answer = createAnswer(unfollow);
  let taken = false;

  if (signal?.aborted) onSignal();
  const opening = open(connection.signal).catch((error: unknown) => {
    throw explain(error);
  });
  // Nobody may be reading yet: the reader meets the failure when it comes.
  opening.catch((error: DeltapipeError) => answer.fail(error));

  function onSignal(): void {
    abort("The caller's signal ended the request", signal?.reason);
  }

  function abort(message: string, cause?: unknown): void {
    if (answer.settled) return;
    const error = new AbortedError(message, { ...answer.details(), cause });
    answer.fail(error);
    connection.abort(error);
  }

  async function* read(): AsyncGenerator<ConverseEvent, void, undefined> {
    try {
      const { body, contentLength } = await opening;
      for await (const line of readLines(body, maxLineLength)) {
        connection.signal.throwIfAborted();
        if (line.type === "error") throw failure(line);
        answer.add(line);
        yield line;
      }
      if (answer.settled) return;
      throw contentLength === undefined
        ? new StreamCutError("The stream ended before its last line", answer.details())
        : alteredError(
            `its content-length, ${contentLength} bytes, ends it before its last line`,
            answer.details(),
          );
    } catch (error) {
      const explained = explain(error);
      answer.fail(explained);
      throw explained;
    }
  }

  function failure(line: ErrorLine): DeltapipeError {
    if (!isErrorLine(line)) throw new BadLineError("The error line holds no error");
    const { name, message, retryable, requestId } = line.error;
    return new StreamFailedError(
      `The stream failed with ${shortened(name, 100)}: ${shortened(message, 1000)}`,
      {
        partial: answer.details().partial,
        code: name,
        retryable,
        requestId,
      },
    );
  }

  function explain(error: unknown): DeltapipeError {
    if (connection.signal.aborted) return connection.signal.reason as DeltapipeError;
    if (error instanceof DeltapipeError) return error;
    if (error instanceof BadLineError) {
      if (error.reason === "altered") return alteredError(error.message, answer.details());
      const retryable = error.reason === "corrupt";
      const code = retryable ? "StreamCorrupt" : "LineTooLong";
      return new StreamFailedError(`Cannot read the stream: ${error.message}`, {
        ...answer.details(),
        code,
        retryable,
      });
    }
    if (isBadFraming(error)) return alteredError("its framing is not HTTP's", answer.details());
    return new StreamCutError(describeCut(error), { ...answer.details(), cause: causeOf(error) });
  }

  function take(): AsyncIterableIterator<ConverseEvent> {
    if (taken) throw new ConfigurationError("Cannot read an answer twice: begin one loop, before result()");
    taken = true;
    return closeOnReturn(read(), () => abort("The loop was left before the answer ended"));
  }

  function result(): Promise<ConverseResult> {
    if (!taken) void drain(take());
    return answer.result;
  }

  return { [Symbol.asyncIterator]: take, textStream: () => textsOf(take()), result };
}
