// One answer for one consumer, who reads it as events, as text, or as a whole.
import { onAbort } from "../shared/abort.ts";
import { alteredError } from "./altered-response.ts";
import { createAnswerCollector } from "./answer-collector.ts";
import { closeOnReturn, readToEnd, textsOf } from "./answer-iterators.ts";
import { AbortedError, ConfigurationError, type DeltapipeError, StreamCutError } from "./errors.ts";
import type { ConverseEvent, ConverseResult } from "./converse-event.ts";
import { readLines } from "./read-lines.ts";
import { errorFromLine, streamError } from "./stream-error.ts";
import type { OpenedStream } from "./transport.ts";

/**
 * An answer while it arrives. It can be read once: with a loop over its events, with a loop over `textStream()`, or only
 * with `result()`. `result()` may also follow a loop. Leaving a loop early closes the connection.
 *
 * The loop and `result()` fail with the same error, a subclass of {@link DeltapipeError}:
 * {@link ConfigurationError}, {@link AuthorizationError}, {@link RequestError}, {@link RetryLaterError} or
 * {@link ServiceError} before the answer begins, then {@link StreamFailedError} or {@link StreamCutError}, and
 * {@link AbortedError} at any time. An error that nobody reads does not cause an unhandled rejection.
 *
 * The events are Bedrock's:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 *
 * @example
 * for await (const event of stream) {
 *   if (event.type === "contentBlockDelta") process.stdout.write(event.delta.text ?? "");
 * }
 * const { message, usage } = await stream.result();
 */
export interface ConverseStream extends AsyncIterable<ConverseEvent> {
  /**
   * The events in the order in which they arrive. Throws {@link ConfigurationError} if the answer is already being
   * read.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ConverseEvent>;
  /**
   * Only the text of the answer, piece by piece, without reasoning and tool calls. A character that Bedrock splits
   * between two deltas arrives whole. Throws {@link ConfigurationError} if the answer is already being read.
   *
   * @example
   * for await (const text of stream.textStream()) process.stdout.write(text);
   */
  textStream(): AsyncIterableIterator<string>;
  /**
   * The whole answer. It reads the stream itself unless a loop has already started, so start your loop before you call
   * `result()`; it then settles when the loop ends. It may be called any number of times.
   *
   * It also rejects if the input of a tool is not a JSON object, for example because `maxTokens` cut it short. The error
   * is a {@link StreamFailedError} with the code `ToolInputInvalid`; a loop over the events does not throw it.
   *
   * @example
   * const { message, stopReason, usage } = await stream.result();
   */
  result(): Promise<ConverseResult>;
}

export interface StreamOptions {
  /** Sends the request, with retries, and resolves with the stream. The signal closes the connection. */
  open: (signal: AbortSignal) => Promise<OpenedStream>;
  /** The caller's. */
  signal: AbortSignal | undefined;
  /** In bytes. */
  maxLineLength: number;
}

/** Sends the request at once, whether or not somebody reads the answer. */
export function createStream({ open, signal, maxLineLength }: StreamOptions): ConverseStream {
  const connection = new AbortController();
  const stopListening = signal ? onAbort(signal, onSignal) : (): void => undefined;
  const answer = createAnswerCollector(stopListening);
  let hasConsumer = false;

  if (signal?.aborted) onSignal();
  const opening = open(connection.signal).catch((error: unknown) => {
    throw clientError(error);
  });
  // Without this handler, the rejection would be unhandled if nobody reads the answer yet.
  opening.catch((error: DeltapipeError) => answer.fail(error));

  function onSignal(): void {
    abort("Cannot finish the answer: the caller's signal aborted it", signal?.reason);
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
        if (line.type === "error") throw errorFromLine(line, answer.details());
        answer.add(line);
        yield line;
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

  function take(): AsyncIterableIterator<ConverseEvent> {
    if (hasConsumer) {
      throw new ConfigurationError(
        "Cannot read this answer twice: it is already being read; start one loop before you call result()",
      );
    }
    hasConsumer = true;
    return closeOnReturn(read(), () => abort("Cannot finish the answer: its loop ended early"));
  }

  function result(): Promise<ConverseResult> {
    if (!hasConsumer) void readToEnd(take());
    return answer.result;
  }

  return { [Symbol.asyncIterator]: take, textStream: () => textsOf(take()), result };
}
