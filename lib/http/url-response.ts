// The answer over a Function URL: a status and headers, then a stream of lines or one error.
import type { ConverseError } from "../stream/errors.ts";
import type { Format } from "../stream/lines.ts";
import type { Sink } from "../stream/delivery.ts";

type ResponseStream = awslambda.HttpResponseStream;

const contentTypes: Record<Format, string> = {
  ndjson: "application/x-ndjson; charset=utf-8",
  sse: "text/event-stream; charset=utf-8",
};

/** A throttled caller should not come back at once; Bedrock's quotas refill by the minute. */
const retryAfterSeconds = 5;

export class UrlResponse implements Sink {
  #stream: ResponseStream;
  readonly #format: Format;

  constructor(stream: ResponseStream, format: Format) {
    this.#stream = stream;
    this.#format = format;
  }

  open(): void {
    this.#start(200, { "content-type": contentTypes[this.#format] });
  }

  write(bytes: Buffer): boolean {
    return this.#stream.write(bytes);
  }

  onDrain(listener: () => void): void {
    this.#stream.on("drain", listener);
  }

  /** In place of `open`: the error as a status and the same object that a stream would end with. */
  refuse(error: ConverseError, requestId: string): void {
    this.#start(error.status, {
      "content-type": "application/json",
      ...(error.status === 429 && { "retry-after": String(retryAfterSeconds) }),
      ...(error.status === 405 && { allow: "POST" }),
    });
    this.#stream.write(`${JSON.stringify(error.toLine(requestId))}\n`);
  }

  /** The runtime client loses status and headers of a response that was never written to: write first. */
  end(): void {
    this.#stream.end();
  }

  /**
   * For a caller who has stopped reading: an orderly end would wait for it, in an environment that is paid for.
   * The runtime client does not survive this, so Lambda replaces the environment.
   */
  abandon(): void {
    this.#stream.destroy();
  }

  #start(statusCode: number, headers: Record<string, string>): void {
    this.#stream = awslambda.HttpResponseStream.from(this.#stream, {
      statusCode,
      headers: { ...headers, "cache-control": "no-store, no-transform", "x-content-type-options": "nosniff" },
    });
  }
}
