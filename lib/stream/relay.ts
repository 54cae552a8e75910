// Relays one stream, from the call to Bedrock until our last line, which is always an `end` or an `error`.
import type { Readable } from "node:stream";
import { withResolvers } from "../shared/with-resolvers.ts";
import { Answer } from "./answer.ts";
import { ConverseError, shownError } from "./converse-error.ts";
import { deadlineError, Deadlines, type Deadline } from "./deadlines.ts";
import { prepareRelay } from "./prepare-relay.ts";
import type { Outcome, RelayOptions } from "./sink.ts";
import { SinkWriter } from "./sink-writer.ts";

/** Opens Bedrock's event stream. Rejects with `ConverseError`; any other rejection is a bug in this service. */
export type Connect = (signal: AbortSignal) => Promise<Readable>;

/** Resolves when the last line is written. Rejects with `ConverseError` if the request fails before the first line. */
export function relay(connect: Connect, options: RelayOptions): Promise<Outcome> {
  const stream = new RelayedStream(options);
  stream.open(connect);
  return stream.outcome.promise;
}

class RelayedStream {
  readonly outcome = withResolvers<Outcome>();
  readonly #options: RelayOptions;
  readonly #answer: Answer;
  readonly #deadlines: Deadlines;
  readonly #writer: SinkWriter;
  readonly #abort = new AbortController();
  #upstream: Readable | undefined;
  #hasBegun = false;
  #isFinished = false;
  #callerStalled = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#answer = new Answer(options);
    this.#deadlines = new Deadlines(options.times, (name) => this.#onDeadline(name));
    this.#writer = new SinkWriter(options.sink, this.#deadlines, {
      pause: () => this.#pause(),
      resume: () => this.#resume(),
    });
    options.sink.onGone?.((error) => this.#fail(error));
  }

  open(connect: Connect): void {
    this.#deadlines.set("invocation", this.#options.deadlineAt);
    this.#deadlines.restart("firstByte");
    connect(this.#abort.signal).then(
      (upstream) => this.#attach(upstream),
      (error: unknown) => this.#fail(error),
    );
    prepareRelay(relay, this.#options);
  }

  #attach(upstream: Readable): void {
    // This has to come first, even if the stream is not needed any more: an error without a listener ends the process.
    upstream.on("error", () => this.#onUpstreamEnd());
    if (this.#isFinished) return void upstream.destroy();
    this.#upstream = upstream;
    this.#deadlines.restart("start");
    upstream.on("data", (chunk: Buffer) => this.#onData(chunk));
    // The stream may end, be cut or be closed, and Node reports these in any order.
    upstream.on("end", () => this.#onUpstreamEnd());
    upstream.on("close", () => this.#onUpstreamEnd());
  }

  #onData(chunk: Buffer): void {
    if (this.#isFinished) return;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#deadlines.clear("firstByte");
    }
    try {
      if (this.#answer.push(chunk).becameComplete) this.#deadlines.restart("metadata");
    } catch (error) {
      return this.#onUpstreamFailure(error);
    }
    this.#flush();
    if (!this.#writer.isBlocked) this.#deadlines.restartAfterWrite("stall");
  }

  #onUpstreamEnd(): void {
    if (this.#answer.isComplete) this.#end();
    else {
      const message = "Cannot finish the answer: Bedrock's stream ended early; try again";
      this.#fail(new ConverseError("StreamTruncated", message));
    }
  }

  /**
   * After `messageStop` the caller has the complete answer. An error would make it repeat the request and pay again, so
   * Bedrock's later failures only go to the log. A bug of ours is still reported to the caller.
   */
  #onUpstreamFailure(error: unknown): void {
    if (this.#answer.isComplete && error instanceof ConverseError) this.#end(error);
    else this.#fail(error);
  }

  #onDeadline(name: Deadline): void {
    if (this.#isFinished) return;
    const { times } = this.#options;
    if (name === "start") {
      this.#answer.startEarly();
      this.#flush();
      // Bedrock's event stream has no `start` line. If Bedrock stays silent, a ping begins it.
      if (!this.#answer.isStarted) this.#deadlines.restart("ping");
    } else if (name === "ping") {
      this.#answer.ping();
      this.#flush();
    } else if (name === "metadata") this.#end();
    else if (name === "callerStall") {
      this.#callerStalled = true;
      const error = deadlineError(name, times);
      if (!this.#options.sink.letCallerGo?.(error)) this.#fail(error);
    } else this.#onUpstreamFailure(deadlineError(name, times));
  }

  #flush(): void {
    const bytes = this.#answer.take();
    if (bytes.length > 0) this.#writer.write(bytes);
  }

  /** Makes Bedrock wait while the caller is behind. The stall deadline stops, because Bedrock does not cause this silence. */
  #pause(): void {
    this.#upstream?.pause();
    this.#deadlines.clear("stall");
    this.#deadlines.clear("metadata");
  }

  #resume(): void {
    this.#deadlines.restart("stall");
    if (this.#answer.isComplete) this.#deadlines.restart("metadata");
    this.#upstream?.resume();
  }

  #end(lateError?: ConverseError): void {
    if (!this.#isFinished) this.#finish(undefined, lateError);
  }

  #fail(thrown: unknown): void {
    if (this.#isFinished) return;
    const error = shownError(thrown);
    this.#abort.abort(error);
    if (this.#answer.isStarted) return this.#finish(error);
    this.#stop();
    this.#upstream?.destroy();
    this.outcome.reject(error);
  }

  #finish(error?: ConverseError, lateError?: ConverseError): void {
    this.#stop();
    this.#answer.finish(error);
    this.#writer.finish(this.#answer.take());
    if (!this.#upstream?.readableEnded) this.#upstream?.destroy();
    const { stopReason, usage, deltas, timing } = this.#answer;
    const facts = { stopReason, usage, timing, deltas, bytes: this.#writer.bytes };
    this.outcome.resolve({ error, lateError, callerStalled: this.#callerStalled, ...facts });
  }

  #stop(): void {
    this.#isFinished = true;
    this.#deadlines.stop();
  }
}
