// Delivers an answer in messages. Only one message is under way at a time; the lines that come meanwhile go into the next one.
import { setTimeout as sleep } from "node:timers/promises";
import { withResolvers } from "../shared/with-resolvers.ts";
import { ConverseError, shownError } from "../stream/converse-error.ts";
import { deadlineError } from "../stream/deadlines.ts";
import type { Times } from "../stream/settings/configuration.ts";
import type { Sink } from "../stream/sink.ts";
import { Messages, type MessageHeader } from "./messages.ts";
import type { Publish, Published } from "./publisher.ts";

/** How many bytes may wait before Bedrock's stream is paused: about two messages. */
const maxWaitingBytes = 64_000;
/**
 * Milliseconds to wait before a message that was not taken is sent again. The first wait is the first number. Each further wait
 * is twice as long as the one before, up to the second number.
 */
const [firstDelay, longestDelay] = [25, 1000];

export class PushSink implements Sink {
  readonly #requestId: string;
  readonly #messages: Messages;
  readonly #publish: Publish;
  readonly #times: Times;
  readonly #abort = new AbortController();
  #isSending = false;
  #isEnding = false;
  #failure: ConverseError | undefined;
  /** The time before which the next message is not sent, as `performance.now()`. */
  #nextAt = 0;
  #endWait = (): void => undefined;
  #onIdle = (): void => undefined;
  #onTaken = (_all: boolean): void => undefined;
  #onGone = (_error: ConverseError): void => undefined;

  constructor(header: MessageHeader, publish: Publish, times: Times) {
    this.#requestId = header.requestId;
    this.#messages = new Messages(header);
    this.#publish = publish;
    this.#times = times;
  }

  /** Does nothing: a connection has no HTTP status. An error that occurs before the answer begins is a line, too. */
  open(): void {}

  write(bytes: Buffer): boolean {
    if (this.#failure) return true;
    this.#messages.add(bytes);
    if (this.#messages.isFull) this.#endWait();
    if (!this.#isSending) void this.#send();
    return this.#messages.waiting <= maxWaitingBytes;
  }

  onTaken(listener: (all: boolean) => void): void {
    this.#onTaken = listener;
  }

  onGone(listener: (error: ConverseError) => void): void {
    this.#onGone = listener;
  }

  /** Writes the error as the only line of the answer, with the HTTP status that the Function URL would send. */
  writeError(error: ConverseError): void {
    this.#messages.beginWith({
      status: error.status,
      ...(error.retryAfter > 0 && { retryAfter: error.retryAfter }),
    });
    this.write(this.#lineOf(error));
  }

  /**
   * Sends the waiting lines without waiting for the interval. Resolves with undefined when they have been taken, or with the
   * error that prevented it. Resolves at `endAt` (as `performance.now()`) at the latest.
   */
  async end(endAt: number): Promise<ConverseError | undefined> {
    this.#isEnding = true;
    this.#endWait();
    if (this.#isSending) {
      const { promise: idle, resolve } = withResolvers<void>();
      this.#onIdle = resolve;
      const outOfTime = () => this.#fail(deadlineError("invocation", this.#times));
      const timer = setTimeout(outOfTime, Math.max(0, endAt - performance.now()));
      await idle;
      clearTimeout(timer);
    }
    return this.#failure;
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    try {
      while (!this.#failure && this.#messages.waiting > 0) {
        await this.#waitForInterval();
        this.#nextAt = performance.now() + this.#times.pushInterval;
        await this.#deliver();
        // Resumes Bedrock's stream unless a full message is waiting. A message that is not full must not keep the stream
        // paused, because it needs more lines.
        if (!this.#failure) this.#onTaken(!this.#messages.isFull);
      }
    } catch (error) {
      this.#fail(shownError(error));
    }
    this.#isSending = false;
    this.#onIdle();
  }

  /** A full message does not wait, so that a fast model is not slowed down. */
  async #waitForInterval(): Promise<void> {
    const wait = this.#nextAt - performance.now();
    if (wait <= 0 || this.#isEnding || this.#messages.isFull) return;
    const { promise, resolve } = withResolvers<void>();
    this.#endWait = resolve;
    const timer = setTimeout(resolve, Math.ceil(wait));
    await promise;
    clearTimeout(timer);
  }

  async #deliver(): Promise<void> {
    const { signal } = this.#abort;
    const message = this.#messages.next();
    const lastAt = performance.now() + this.#times.callerStall;
    for (let delay = firstDelay; message && !signal.aborted; delay = Math.min(delay * 2, longestDelay)) {
      const published = await this.#publish(message, signal);
      if (published.state === "taken" || signal.aborted) return;
      if (published.state === "refused") return this.#endWithError(published);
      const left = lastAt - performance.now();
      if (published.state === "gone" || left <= 0) return this.#fail(this.#errorOf(published));
      await sleep(Math.min(delay, left), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Tries to send the error in a short message in place of the one that was refused. */
  async #endWithError(published: Published): Promise<void> {
    const error = this.#errorOf(published);
    this.#messages.replaceLast(this.#lineOf(error));
    await this.#publish(this.#messages.next()!, this.#abort.signal);
    this.#fail(error);
  }

  #errorOf({ state, detail }: Published): ConverseError {
    if (state === "busy") return deadlineError("callerStall", this.#times);
    const [name, message] =
      state === "gone"
        ? (["CallerGone", "Cannot finish the answer: the caller has left"] as const)
        : ([
            "DeliveryFailed",
            "Cannot finish the answer: a message could not be delivered; try again",
          ] as const);
    return new ConverseError(name, message, detail === undefined ? {} : { detail });
  }

  #lineOf(error: ConverseError): Buffer {
    return Buffer.from(`${JSON.stringify(error.toLine(this.#requestId))}\n`);
  }

  #fail(error: ConverseError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#messages.clear();
    this.#abort.abort();
    this.#onGone(error);
  }
}
