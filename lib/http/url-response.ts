// Sends a response through a Function URL: status and headers, then a stream, one JSON value or an error.
import type { ConverseError } from "../stream/converse-error.ts";
import type { Format } from "../stream/answer-format.ts";
import type { Sink } from "../stream/sink.ts";
import { bedrockErrorResponse, type UrlError } from "./bedrock-error.ts";
import { SlicedWrites } from "./sliced-writes.ts";

type ResponseStream = awslambda.HttpResponseStream;

const contentTypes: Record<Format, string> = {
  ndjson: "application/x-ndjson; charset=utf-8",
  sse: "text/event-stream; charset=utf-8",
  eventstream: "application/vnd.amazon.eventstream",
  json: "application/json",
};

export class UrlResponse implements Sink {
  #stream: ResponseStream;
  #writes: SlicedWrites;
  readonly #format: Format;
  readonly #allowed: string;
  #onTaken = (_all: boolean): void => undefined;

  /** `allowed` lists the methods of the request's path, for the header `allow` of a 405. */
  constructor(stream: ResponseStream, { format, allowed }: { format: Format; allowed: string }) {
    this.#stream = stream;
    this.#writes = new SlicedWrites(stream);
    this.#format = format;
    this.#allowed = allowed;
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

  /**
   * Called instead of `open`. Sends the error's status and body. `hasBegun` is true if Bedrock had begun to answer. Returns the
   * status.
   */
  sendError(error: ConverseError, requestId: string, hasBegun = false): number {
    const { status, headers, body } = this.#errorResponse(error, requestId, hasBegun);
    this.#sendJson(status, body, { ...headers, ...(status === 405 && { allow: this.#allowed }) });
    return status;
  }

  /** Called instead of `open`. Sends one JSON value with the status 200. */
  sendValue(value: object): void {
    this.#sendJson(200, value);
  }

  /**
   * Called instead of `open`. Sends the status 204, after which an EventSource does not request the stream again.
   *
   * Lambda may keep a response without a body open until the function's timeout. The body is therefore one byte, which no HTTP
   * client reads after a 204: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/95
   */
  sendNothing(): void {
    this.#start(204, {});
    this.#writes.write(Buffer.from("\n"));
  }

  /**
   * Ends the stream, and resolves when the caller has taken everything. If the caller takes nothing for `callerStallMs` (checked
   * four times in that period), the stream is destroyed, because an execution environment that waits costs money. Lambda's
   * runtime client then ends the process, and Lambda starts another one when it is needed.
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

  /** Ends the response before it is complete. Called when the caller has stopped reading. */
  abandon(): void {
    this.#stream.destroy();
  }

  /** For Bedrock's own operations, the body is an error in Bedrock's protocol; otherwise, it is a stream's `error` line. */
  #errorResponse(error: ConverseError, requestId: string, hasBegun: boolean): UrlError {
    if (this.#format === "eventstream" || this.#format === "json") {
      return bedrockErrorResponse(error, hasBegun);
    }
    const { status, retryAfter } = error;
    const headers: Record<string, string> = retryAfter > 0 ? { "retry-after": String(retryAfter) } : {};
    return { status, headers, body: error.toLine(requestId) };
  }

  #sendJson(status: number, value: object, headers: Record<string, string> = {}): void {
    this.#start(status, { "content-type": "application/json", ...headers });
    this.#writes.write(Buffer.from(`${JSON.stringify(value)}\n`));
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
