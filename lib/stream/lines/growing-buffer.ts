// Growable buffer in which a writer gathers what one chunk from Bedrock gives, so that it becomes one write.

export class GrowingBuffer {
  #bytes: Buffer = nothing;
  #length = 0;

  /** Makes room for `more` bytes at once, which saves growing piece by piece. */
  reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** Returns where the first part begins. */
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

  /** Overwrites one byte. */
  protected set(at: number, byte: number): void {
    this.#bytes[at] = byte;
  }

  /** Hands over what has gathered; empty if there is nothing. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = nothing;
    this.#length = 0;
    return bytes;
  }
}

const nothing = Buffer.alloc(0);
