// Writes to a sink no faster than its caller reads, and fails when the caller has left or stopped reading.
import { withResolvers } from "../shared/with-resolvers.ts";
import type { ConverseError } from "../stream/converse-error.ts";
import { deadlineError } from "../stream/deadlines.ts";
import type { RelayOptions, Sink } from "../stream/sink.ts";

export class ReadingSink {
  /** Bytes written so far. */
  bytes = 0;
  callerStalled = false;
  readonly #sink: Sink;
  readonly #options: RelayOptions;
  #isOpen = false;
  #goOn = (_error?: ConverseError): void => undefined;
  #restart = (): void => undefined;
  #failure: ConverseError | undefined;

  constructor(options: RelayOptions) {
    this.#sink = options.sink;
    this.#options = options;
    this.#sink.onTaken((all) => (all ? this.#goOn() : this.#restart()));
    this.#sink.onGone?.((error) => {
      this.#failure = error;
      this.#goOn(error);
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Set if the caller has left. */
  get failure(): ConverseError | undefined {
    return this.#failure;
  }

  /**
   * Resolves when the caller can take more. Rejects with `ConverseError` if the caller has stopped reading or has left, or if the
   * invocation has run out of time.
   */
  async write(bytes: Buffer): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (bytes.length === 0 || this.#send(bytes)) return;
    const { times, deadlineAt } = this.#options;
    const taken = withResolvers<void>();
    let timer: NodeJS.Timeout | undefined;
    const end = setTimeout(
      () => taken.reject(deadlineError("invocation", times)),
      Math.max(0, deadlineAt - performance.now()),
    );
    this.#goOn = (error) => (error ? taken.reject(error) : taken.resolve());
    this.#restart = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        this.callerStalled = true;
        taken.reject(deadlineError("callerStall", times));
      }, times.callerStall);
    };
    this.#restart();
    try {
      await taken.promise;
    } finally {
      clearTimeout(timer);
      clearTimeout(end);
      this.#goOn = this.#restart = () => undefined;
    }
  }

  /** Writes the last bytes, even while the caller is behind. */
  writeLast(bytes: Buffer): void {
    if (bytes.length > 0) this.#send(bytes);
  }

  #send(bytes: Buffer): boolean {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#sink.open();
    }
    this.bytes += bytes.length;
    return this.#sink.write(bytes);
  }
}
