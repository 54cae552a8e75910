// A sink that also records what it writes. With this sink, an answer goes on to its end even if its caller has left.
import type { ConverseError } from "../stream/converse-error.ts";
import type { Sink } from "../stream/sink.ts";
import type { Recorder } from "./recorder.ts";

export class RecordingSink implements Sink {
  readonly #sink: Sink;
  readonly #recorder: Recorder;
  /** Set if the caller has left, with the reason. The answer is still recorded. */
  #leaving: ConverseError | undefined;
  #onTaken = (_all: boolean): void => undefined;
  #onGone = (_error: ConverseError): void => undefined;

  constructor(sink: Sink, recorder: Recorder) {
    this.#sink = sink;
    this.#recorder = recorder;
    recorder.onFailed(() => {
      // Neither the caller nor the table gets the answer any more, so Bedrock need not go on.
      if (this.#leaving) this.#onGone(this.#leaving);
    });
    sink.onTaken((all) => {
      if (!this.#leaving) this.#onTaken(all);
    });
    sink.onGone?.((error) => {
      if (!this.letCallerGo(error)) this.#onGone(error);
    });
  }

  open(): void {
    if (!this.#leaving) this.#sink.open();
  }

  write(bytes: Buffer): boolean {
    this.#recorder.append(bytes);
    return this.#leaving !== undefined || this.#sink.write(bytes);
  }

  onTaken(listener: (all: boolean) => void): void {
    this.#onTaken = listener;
  }

  onGone(listener: (error: ConverseError) => void): void {
    this.#onGone = listener;
  }

  letCallerGo(error: ConverseError): boolean {
    if (this.#recorder.state === "failed") return false;
    this.#leaving = error;
    this.#onTaken(true);
    return true;
  }

  /** Ends the answer with the error. */
  stop(error: ConverseError): void {
    this.#onGone(error);
  }
}
