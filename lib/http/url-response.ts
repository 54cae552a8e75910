// Sends a response through a Function URL: status and headers, then the lines of a stream or one error.
import type { ConverseError } from "../stream/converse-error.ts";
import type { Format } from "../stream/lines/line-buffer.ts";
import type { Sink } from "../stream/delivery.ts";
import { SlicedWrites } from "./sliced-writes.ts";

type ResponseStream = awslambda.HttpResponseStream;

const contentTypes: Record<Format, string> = {
  ndjson: "application/x-ndjson; charset=utf-8",
  sse: "text/event-stream; charset=utf-8",
};

/** Keeps a throttled caller from retrying at once: Bedrock's quotas are per minute. */
const retryAfterSeconds = 5;

export class UrlResponse implements Sink {
  #stream: ResponseStream;
  #writes: SlicedWrites;
  readonly #format: Format;
  #onTaken = (_all: boolean): void => undefined;

  constructor(stream: ResponseStream, format: Format) {
    this.#stream = stream;
    this.#writes = new SlicedWrites(stream);
    this.#format = format;
  }

  open(): void {
    this.#start(200, { "content-type": contentTypes[this.#format] });
  }

  write(bytes: Buffer): boolean {
    return this.#writes.write(bytes);
  }

  onTaken(listener: (all: boolean) => void): void {
    this.#onTaken = listener;
  }

  /** Instead of `open`: sends the error's status, and as the body the same object that a stream would end with. */
  sendError(error: ConverseError, requestId: string): void {
    this.#start(error.status, {
      "content-type": "application/json",
      ...(error.status === 429 && { "retry-after": String(retryAfterSeconds) }),
      ...(error.status === 405 && { allow: "POST" }),
    });
    this.#writes.write(Buffer.from(`${JSON.stringify(error.toLine(requestId))}\n`));
  }

  /**
   * Resolves when the caller has taken everything. If it takes nothing for `callerStallMs` (checked every quarter of
   * that), the stream is destroyed, because waiting longer would keep an environment busy that costs money. The runtime
   * client ends the process then, and Lambda replaces the environment.
   */
  async end(callerStallMs: number): Promise<void> {
    const finished = new Promise<void>((resolve) => {
      this.#stream.once("finish", resolve).once("close", resolve);
    });
    this.#writes.end();
    let left = this.#writes.length;
    let takenAt = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      if (this.#writes.length !== left) takenAt = now;
      else if (now - takenAt >= callerStallMs) this.abandon();
      left = this.#writes.length;
    }, callerStallMs / 4);
    await finished;
    clearInterval(timer);
  }

  /** Cuts the response off, for a caller who has stopped reading. */
  abandon(): void {
    this.#stream.destroy();
  }

  #start(statusCode: number, headers: Record<string, string>): void {
    this.#stream = awslambda.HttpResponseStream.from(this.#stream, {
      statusCode,
      headers: { ...headers, "cache-control": "no-store, no-transform", "x-content-type-options": "nosniff" },
    });
    this.#writes = new SlicedWrites(this.#stream);
    this.#stream.on("drain", () => this.#onTaken(this.#writes.writeOn()));
  }
}
