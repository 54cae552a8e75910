// One stream, from the call to Bedrock to our last line: exactly one `end` or `error`, always last.
import type { Readable } from "node:stream";
import { Alarms } from "./deadlines.ts";
import { Answer } from "./answer.ts";
import type { Outcome, RelayOptions } from "./delivery.ts";
import { ConverseError, shownError } from "./converse-error.ts";
import type { OwnLine } from "./lines/line-buffer.ts";
import { metadataWithinMs, startWithinMs, timeUp, type AlarmName } from "./time-limits.ts";

type Connect = (signal: AbortSignal) => Promise<Readable>;

/** Resolves when the last line is written; rejects with `ConverseError` if all failed before the first. */
export function relay(connect: Connect, options: RelayOptions): Promise<Outcome> {
  return new Promise((resolve, reject) => new Relay(options, resolve, reject).run(connect));
}

class Relay {
  readonly #options: RelayOptions;
  readonly #resolve: (outcome: Outcome) => void;
  readonly #reject: (error: ConverseError) => void;
  readonly #answer: Answer;
  readonly #alarms = new Alarms<AlarmName>((name) => this.#onAlarm(name));
  readonly #abort = new AbortController();
  #upstream: Readable | undefined;
  #state: "waiting" | "open" | "finished" = "waiting";
  #blocked = false;
  #bytes = 0;

  constructor(
    options: RelayOptions,
    resolve: (outcome: Outcome) => void,
    reject: (error: ConverseError) => void,
  ) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#answer = new Answer(options.format, options.startedAt, () => this.#open());
  }

  run(connect: Connect): void {
    this.#alarms.set("deadline", this.#options.deadlineAt);
    this.#alarmIn("firstByte", this.#options.times.firstByte);
    connect(this.#abort.signal).then(
      (upstream) => this.#attach(upstream),
      (error: unknown) => this.#fail(error),
    );
  }

  #attach(upstream: Readable): void {
    // First of all, also when it is too late: an error event that nobody hears ends the process.
    upstream.on("error", () => this.#onUpstreamEnd());
    if (this.#state === "finished") return void upstream.destroy();
    this.#upstream = upstream;
    this.#alarmIn("start", startWithinMs);
    this.#options.sink.onTaken((all) => this.#onTaken(all));
    upstream.on("data", (chunk: Buffer) => this.#onData(chunk));
    // Ended, cut or closed, in whatever order Node tells it.
    upstream.on("end", () => this.#onUpstreamEnd());
    upstream.on("close", () => this.#onUpstreamEnd());
  }

  #onData(chunk: Buffer): void {
    if (this.#state === "finished") return;
    this.#alarms.clear("firstByte");
    this.#alarmIn("stall", this.#options.times.stall);
    const { stopReason } = this.#answer;
    try {
      this.#answer.push(chunk);
    } catch (error) {
      return this.#onUpstreamFailure(error);
    }
    if (this.#answer.stopReason !== stopReason) this.#alarmIn("metadata", metadataWithinMs);
    this.#flush();
  }

  #onUpstreamEnd(): void {
    if (this.#answer.stopReason !== undefined) this.#end();
    else this.#fail(new ConverseError("StreamTruncated", "Bedrock's stream ended before the answer did"));
  }

  /**
   * An answer that is whole stays so, whatever Bedrock does after its messageStop: to tell a failure would have the
   * caller repeat, and pay again, for what it has. What is our own fault is told all the same.
   */
  #onUpstreamFailure(error: unknown): void {
    if (this.#answer.stopReason === undefined || !(error instanceof ConverseError)) this.#fail(error);
    else this.#end(error);
  }

  #onAlarm(name: AlarmName): void {
    if (this.#state === "finished") return;
    if (name === "metadata") return this.#end();
    if (name === "callerStall") return this.#fail(timeUp(name, this.#options.times));
    if (name === "start") this.#open();
    else if (name === "ping") this.#answer.lines.own({ type: "ping" });
    else return this.#onUpstreamFailure(timeUp(name, this.#options.times));
    this.#flush();
  }

  #open(): void {
    if (this.#state !== "waiting") return;
    this.#state = "open";
    this.#alarms.clear("start");
    this.#options.sink.open();
    const { requestId, model } = this.#options;
    this.#answer.lines.own({ type: "start", version: 1, requestId, modelId: model });
  }

  #flush(): void {
    const bytes = this.#answer.lines.take();
    if (bytes.length === 0) return;
    this.#bytes += bytes.length;
    if (this.#options.sink.write(bytes)) this.#alarmIn("ping", this.#options.times.ping);
    else this.#block();
  }

  /** While the caller holds things up, upstream waits, and its silence is nobody's fault. */
  #block(): void {
    this.#blocked = true;
    this.#upstream?.pause();
    for (const name of ["stall", "ping", "metadata"] as const) this.#alarms.clear(name);
    this.#alarmIn("callerStall", this.#options.times.callerStall);
  }

  #onTaken(all: boolean): void {
    if (!this.#blocked || this.#state === "finished") return;
    if (!all) return this.#alarmIn("callerStall", this.#options.times.callerStall);
    this.#blocked = false;
    this.#alarms.clear("callerStall");
    this.#alarmIn("stall", this.#options.times.stall);
    this.#alarmIn("ping", this.#options.times.ping);
    if (this.#answer.stopReason !== undefined) this.#alarmIn("metadata", metadataWithinMs);
    this.#upstream?.resume();
  }

  #alarmIn(name: AlarmName, milliseconds: number): void {
    this.#alarms.set(name, performance.now() + milliseconds);
  }

  #end(lateError?: ConverseError): void {
    if (this.#state !== "finished") this.#finish(this.#answer.endLine, { lateError });
  }

  #fail(thrown: unknown): void {
    if (this.#state === "finished") return;
    const error = shownError(thrown);
    this.#abort.abort(error);
    if (this.#state === "open") return this.#finish(error.toLine(this.#options.requestId), { error });
    this.#state = "finished";
    this.#alarms.stop();
    this.#upstream?.destroy();
    this.#reject(error);
  }

  #finish(line: OwnLine, { error, lateError }: Partial<Pick<Outcome, "error" | "lateError">>): void {
    this.#answer.lines.own(line);
    const bytes = this.#answer.lines.take();
    this.#state = "finished";
    this.#alarms.stop();
    this.#options.sink.write(bytes);
    if (!this.#upstream?.readableEnded) this.#upstream?.destroy();
    const { stopReason, usage, deltas, timing } = this.#answer;
    const total = this.#bytes + bytes.length;
    this.#resolve({ error, lateError, stopReason, usage, timing, deltas, bytes: total });
  }
}
