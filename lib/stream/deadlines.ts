// The deadlines of one stream, all on one timer, and the errors for those that end it.
import { ConverseError } from "./converse-error.ts";
import type { Times } from "./settings/configuration.ts";

/** Deadlines that end the stream with an error. */
type FatalDeadline = "invocation" | "firstByte" | "stall" | "callerStall";

export type Deadline = FatalDeadline | "start" | "ping" | "metadata";
type RestartedDeadline = Exclude<Deadline, "invocation">;

/**
 * How long the `start` line waits for Bedrock's first frame. Until that line is sent, an exception in the first frame
 * can still become an HTTP status.
 */
const startMs = 1000;
/** How long a complete answer waits for Bedrock's `metadata`, which follows `messageStop`. */
const metadataMs = 2000;

export class Deadlines {
  readonly #onPassed: (name: Deadline) => void;
  readonly #durations: Record<RestartedDeadline, number>;
  readonly #due = new Map<Deadline, number>();
  /** The deadlines to restart at the end of the tick. */
  #soon: RestartedDeadline[] = [];
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  constructor({ firstByte, stall, callerStall, ping }: Times, onPassed: (name: Deadline) => void) {
    this.#durations = { firstByte, stall, callerStall, ping, start: startMs, metadata: metadataMs };
    this.#onPassed = onPassed;
  }

  /** Sets a deadline to its full duration from now, even if it is already running. */
  restart(name: RestartedDeadline): void {
    this.set(name, performance.now() + this.#durations[name]);
  }

  /**
   * Like `restart`, but only after Node has given the bytes written before to the kernel, which it does on the next tick. At the
   * pace of a model, reading the clock and changing the deadlines takes 20 µs, for which no delta has to wait.
   */
  restartAfterWrite(name: RestartedDeadline): void {
    if (this.#soon.length === 0) process.nextTick(this.#restartSoon);
    this.#soon.push(name);
  }

  /**
   * `at` is a time of `performance.now()`, so that a change of the system clock does not matter. Every delta moves the
   * stall and ping deadlines. To keep that cheap, the timer is not changed: it fires at the old time and is then set again.
   */
  set(name: Deadline, at: number): void {
    this.#due.set(name, at);
    if (at < this.#armedFor) this.#arm();
  }

  clear(name: Deadline): void {
    this.#due.delete(name);
    if (this.#soon.length > 0) this.#soon = this.#soon.filter((other) => other !== name);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#due.clear();
    this.#soon = [];
    this.#armedFor = Infinity;
  }

  readonly #restartSoon = (): void => {
    const names = this.#soon;
    this.#soon = [];
    for (const name of names) this.restart(name);
  };

  #arm(): void {
    clearTimeout(this.#timer);
    this.#armedFor = Math.min(...this.#due.values());
    if (this.#armedFor === Infinity) return;
    const wait = Math.max(0, Math.ceil(this.#armedFor - performance.now()));
    // A longer wait overflows to 1 ms: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
    this.#timer = setTimeout(() => this.#wake(), Math.min(wait, 2 ** 31 - 1));
  }

  #wake(): void {
    const now = performance.now();
    const passed = [...this.#due].filter(([, at]) => at <= now);
    for (const [name] of passed) this.#due.delete(name);
    this.#armedFor = Infinity;
    this.#arm();
    for (const [name] of passed) this.#onPassed(name);
  }
}

/** Makes the error that ends the stream when the deadline has passed. */
export function deadlineError(name: FatalDeadline, times: Times): ConverseError {
  if (name === "invocation") {
    return new ConverseError(
      "DeadlineExceeded",
      "Cannot finish the answer: the function's time limit was reached; ask for a shorter answer",
    );
  }
  const seconds = times[name] / 1000;
  if (name === "callerStall") {
    return new ConverseError(
      "CallerStalled",
      `Cannot finish the answer: the caller read nothing for ${seconds} s; read faster`,
    );
  }
  const task = name === "firstByte" ? "Cannot answer" : "Cannot finish the answer";
  const message = `${task}: Bedrock sent nothing for ${seconds} s; try again`;
  return new ConverseError("UpstreamTimeout", message);
}
