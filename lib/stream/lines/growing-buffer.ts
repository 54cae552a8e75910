// Growable buffer that collects the output for one chunk from Bedrock, so that it becomes a single write.

export class GrowingBuffer {
  #bytes: Buffer = nothing;
  #length = 0;

  /** Makes room for `more` bytes, so that the buffer does not have to grow several times. */
  reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** Appends the parts, and returns the position of the first one. */
  protected append(...parts: Buffer[]): number {
    const start = this.#length;
    let more = 0;
    for (const part of parts) more += part.length;
    this.reserve(more);
    for (const part of parts) {
      this.#bytes.set(part, this.#length);
      this.#length += part.length;
    }
    return start;
  }

  /** Appends the bytes from `start` to `end`. For a few bytes, a loop is quicker than `set` and the view that `set` needs. */
  protected appendShort(bytes: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    const target = this.#bytes;
    let length = this.#length;
    for (let at = start; at < end; at++) target[length++] = bytes[at]!;
    this.#length = length;
  }

  /** Overwrites one byte. */
  protected set(at: number, byte: number): void {
    this.#bytes[at] = byte;
  }

  /** Returns the bytes appended since the last call; empty if there are none. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = nothing;
    this.#length = 0;
    return bytes;
  }
}

const nothing = Buffer.alloc(0);
