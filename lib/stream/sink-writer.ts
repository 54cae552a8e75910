// The caller's side of a relay: opens the sink, writes to it, and reports when the caller falls behind or catches up.
import type { Deadlines } from "./deadlines.ts";
import type { Sink } from "./sink.ts";

/** Called when the caller falls behind and when it has caught up. */
export interface Backpressure {
  pause(): void;
  resume(): void;
}

export class SinkWriter {
  /** Bytes written so far. */
  bytes = 0;
  readonly #sink: Sink;
  readonly #deadlines: Deadlines;
  readonly #backpressure: Backpressure;
  #isOpen = false;
  /** Whether the caller is behind. */
  #isBlocked = false;
  #isFinished = false;

  constructor(sink: Sink, deadlines: Deadlines, backpressure: Backpressure) {
    this.#sink = sink;
    this.#deadlines = deadlines;
    this.#backpressure = backpressure;
    sink.onTaken((all) => this.#onTaken(all));
  }

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** The first write opens the sink: after that, a failure is a line and not an HTTP status. */
  write(bytes: Buffer): void {
    if (this.#send(bytes)) return this.#deadlines.restartAfterWrite("ping");
    this.#isBlocked = true;
    this.#deadlines.clear("ping");
    this.#deadlines.restart("callerStall");
    this.#backpressure.pause();
  }

  /** Writes the last bytes, if there are any left, even while the caller is behind. */
  finish(bytes: Buffer): void {
    this.#isFinished = true;
    if (bytes.length > 0) this.#send(bytes);
  }

  #send(bytes: Buffer): boolean {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#deadlines.clear("start");
      this.#sink.open();
    }
    this.bytes += bytes.length;
    return this.#sink.write(bytes);
  }

  #onTaken(all: boolean): void {
    if (!this.#isBlocked || this.#isFinished) return;
    if (!all) return this.#deadlines.restart("callerStall");
    this.#isBlocked = false;
    this.#deadlines.clear("callerStall");
    this.#deadlines.restart("ping");
    this.#backpressure.resume();
  }
}
