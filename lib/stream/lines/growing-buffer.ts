// Growable buffer that collects the output for one chunk from Bedrock, so that it becomes a single write.

export class GrowingBuffer {
  #bytes: Buffer = nothing;
  #length = 0;

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2, leastRoom));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  protected append(...parts: Buffer[]): void {
    let more = 0;
    for (const part of parts) more += part.length;
    this.#reserve(more);
    for (const part of parts) {
      this.#bytes.set(part, this.#length);
      this.#length += part.length;
    }
  }

  /**
   * Appends bytes that were made from the first `free` bytes of a chunk. If they fit there, they are written over the
   * chunk, which becomes this buffer. Otherwise each chunk at full speed would need as much memory again, and V8 would collect
   * garbage more often.
   */
  protected appendOver(chunk: Buffer, free: number, bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length > free) return this.append(bytes);
    if (this.#length > 0) chunk.set(this.#bytes.subarray(0, this.#length));
    chunk.set(bytes, this.#length);
    this.#bytes = chunk.subarray(0, length);
    this.#length = length;
  }

  /** Appends bytes of a chunk that nothing else changes. They are not copied if they are the first. */
  protected appendView(bytes: Buffer): void {
    if (this.#length > 0) return this.append(bytes);
    this.#bytes = bytes;
    this.#length = bytes.length;
  }

  /** Returns the bytes appended since the last call; empty if there are none. */
  take(): Buffer {
    const bytes = this.#length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#length);
    this.#bytes = nothing;
    this.#length = 0;
    return bytes;
  }
}

const nothing = Buffer.alloc(0);
/** In bytes. */
const leastRoom = 1024;
