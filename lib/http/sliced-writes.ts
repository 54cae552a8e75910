// Writes large buffers in slices, so that the progress of a slow reader can be seen.
//
// A stream emits `drain` only when everything written to it has been sent. Without slices, a caller who reads an event of
// 16 MB at 1 MB per second would seem to read nothing for 16 seconds.

type Target = Pick<awslambda.HttpResponseStream, "write" | "end" | "writableLength">;

/** Small enough for a reader of a few kilobytes per second, and large enough to cost almost nothing. */
export const sliceBytes = 64 * 1024;

export class SlicedWrites {
  readonly #stream: Target;
  /** The bytes that have not been written to the stream yet. The first buffer may be the rest of a larger one. */
  readonly #waiting: Buffer[] = [];
  #isEnding = false;

  constructor(stream: Target) {
    this.#stream = stream;
  }

  /** The number of bytes that the reader has not taken yet. */
  get length(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, this.#stream.writableLength);
  }

  /** Like a stream's `write`: false if nothing more should be written until everything has been taken. */
  write(bytes: Buffer): boolean {
    const isFirst = this.#waiting.length === 0;
    if (isFirst && bytes.length <= sliceBytes) return this.#stream.write(bytes);
    this.#waiting.push(bytes);
    return isFirst && this.writeOn();
  }

  /** Continues writing. Call this on each `drain` of the stream. Returns true once the caller has caught up. */
  writeOn(): boolean {
    let goesOn = true;
    for (let [next] = this.#waiting; goesOn && next; [next] = this.#waiting) {
      goesOn = this.#stream.write(next.subarray(0, sliceBytes));
      if (next.length > sliceBytes) this.#waiting[0] = next.subarray(sliceBytes);
      else this.#waiting.shift();
    }
    this.#endIfDone();
    return goesOn;
  }

  /** Ends the stream once everything has been written. */
  end(): void {
    this.#isEnding = true;
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (!this.#isEnding || this.#waiting.length > 0) return;
    this.#isEnding = false;
    this.#stream.end();
  }
}
