/// <reference lib="esnext.disposable" preserve="true" />
// The type of one answer: the ways to read it and to pass it on.
import type { ConverseEvent, ConverseResult } from "./converse-event.ts";
import type { ToolCall } from "./structured/tool-call.ts";

/**
 * The format in which an answer is passed on: its lines as newline-delimited JSON or as server-sent events, or its text alone.
 */
export type AnswerFormat = "ndjson" | "sse" | "text";

/** Options of {@link ConverseStream.toReadableStream}. */
export interface ReadableStreamOptions {
  /** Default: `ndjson`. */
  format?: AnswerFormat | undefined;
}

/** Options of {@link ConverseStream.toResponse}. */
export interface ResponseOptions extends ReadableStreamOptions {
  /** Headers that are added to the response or replace its default headers. */
  headers?: Record<string, string> | undefined;
  /** The status if the answer begins successfully. Default: 200. */
  status?: number | undefined;
}

/**
 * An answer while it arrives. It can be read once, in one of these ways: in a loop over its events, its `textStream()` or its
 * `lines()`; or as a stream or response to pass on. `result()` can be called in addition to any of them, or alone. Breaking
 * out of a loop closes the connection.
 *
 * The loop and `result()` fail with the same error, a subclass of `DeltapipeError`: `ConfigurationError`,
 * `AuthorizationError`, `RequestError`, `RetryLaterError` or `ServiceError` only before the answer begins,
 * `StreamFailedError` or `StreamCutError` once the request has been sent, and `AbortError` or `TimeoutError` at any time.
 * An error that nobody reads does not cause an unhandled rejection.
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
export interface ConverseStream<Call = ToolCall> extends AsyncIterable<ConverseEvent>, AsyncDisposable {
  /**
   * The events in the order in which they arrive. Throws `ConfigurationError` if reading the answer has already begun.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ConverseEvent>;
  /**
   * Only the text of the answer, piece by piece, without reasoning and tool calls. A character that Bedrock splits
   * between two deltas is joined. Throws `ConfigurationError` if reading the answer has already begun.
   *
   * @example
   * for await (const text of stream.textStream()) process.stdout.write(text);
   */
  textStream(): AsyncIterableIterator<string>;
  /**
   * The lines exactly as they arrive, as text without the newline, to store them or to pass them on. (Parsing and
   * serializing them again would change large numbers.) An `error` line is yielded as well, and then its error is thrown. Throws
   * `ConfigurationError` if reading the answer has already begun.
   *
   * @example
   * for await (const line of stream.lines()) process.stdout.write(`${line}\n`);
   */
  lines(): AsyncIterableIterator<string>;
  /**
   * The complete answer. If nothing reads the answer yet, `result()` reads it itself. To read it in a loop as well, start
   * the loop first; the result then settles when the loop ends. `result()` may be called any number of times.
   *
   * The result also rejects if the input of a tool is not a JSON object, for example because `maxTokens` cut it short. The
   * error is a `StreamFailedError` with the code `ToolInputInvalid`; a loop over the events does not throw it.
   *
   * @example
   * const { text, message, stopReason, usage } = await stream.result();
   */
  result(): Promise<ConverseResult<Call>>;
  /**
   * Closes the connection. The loop and `result()` then fail with an `AbortError`, whose `cause` is the reason. Does nothing
   * after the end of the answer.
   *
   * @example
   * stream.abort(new Error("The user left"));
   */
  abort(reason?: unknown): void;
  /**
   * The answer as bytes. If you read slowly, the service waits; if you cancel the stream, the answer is aborted. Throws
   * `ConfigurationError` if reading the answer has already begun.
   *
   * A failed answer ends with an `error` line, which this library writes itself if the service sent none. With the format
   * `text`, the stream fails instead, because a failed answer would otherwise look like a complete one.
   *
   * @example
   * for await (const bytes of stream.toReadableStream({ format: "text" })) process.stdout.write(bytes);
   */
  toReadableStream(options?: ReadableStreamOptions): ReadableStream<Uint8Array<ArrayBuffer>>;
  /**
   * The answer as a response that your web server can send, in the form of the service's own responses. The promise
   * resolves when the first line has arrived (with the format `text`: the first text). If the answer fails before that,
   * the response has an error status and the `error` line as JSON. The promise does not reject if the answer fails;
   * `result()` does. In all other respects, it works like {@link ConverseStream.toReadableStream}.
   *
   * The status is 500 for a `ConfigurationError` or an `AuthorizationError` (the body then leaves out the error's message,
   * which is meant for you), 503 for an `AbortError` and 504 for a `TimeoutError`. For any other error it is the status of
   * the service's response. If there was none, it is 400 for a `RequestError`, 503 for a `RetryLaterError`, and 502 for
   * the rest. A `RetryLaterError` also adds `retry-after`.
   *
   * @example
   * const response = await stream.toResponse({ format: "sse" });
   * console.error(response.status, response.headers.get("content-type"));
   * await response.body?.cancel();
   */
  toResponse(options?: ResponseOptions): Promise<Response>;
  /**
   * Runs at the end of the block in which the answer was declared with `await using`. Aborts the answer if it is not
   * complete by then.
   *
   * @example
   * await using answer = stream;
   * for await (const text of answer.textStream()) if (text.includes("rain")) break;
   */
  [Symbol.asyncDispose](): PromiseLike<void>;
}
