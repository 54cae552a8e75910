// Writes what is large in slices, so that each slice which a slow reader takes shows.
//
// A stream's `drain` comes when the whole of a write is gone: an event of 16 MB in one write, to a caller who reads
// 1 MB a second, would look for 16 s as if nothing were taken.

type Target = Pick<awslambda.HttpResponseStream, "write" | "end" | "writableLength">;

/** Taken in time even at a few kilobytes a second, and large enough to cost nothing. */
export const sliceBytes = 64 * 1024;

export class SlicedWrites {
  readonly #stream: Target;
  /** What has not been handed to the stream yet; its first may have been in part. */
  readonly #waiting: Buffer[] = [];
  #isEnding = false;

  constructor(stream: Target) {
    this.#stream = stream;
  }

  /** Bytes that nobody has taken yet. */
  get length(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, this.#stream.writableLength);
  }

  /** As a stream's `write`: false when nothing more should be written until all of it has been taken. */
  write(bytes: Buffer): boolean {
    const isFirst = this.#waiting.length === 0;
    if (isFirst && bytes.length <= sliceBytes) return this.#stream.write(bytes);
    this.#waiting.push(bytes);
    return isFirst && this.writeOn();
  }

  /** To be called at each `drain` of the stream: true if by then all that was written has been taken. */
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

  /** Ends the stream after all that was written. */
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
