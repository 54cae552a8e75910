// The bytes that wait to be written into the table.

/** Bytes before compression. Even bytes that cannot be compressed stay below DynamoDB's limit of 400 KB for an item. */
const maxPieceBytes = 256 * 1024;

export class PieceQueue {
  #writes: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Whether the bytes fill a piece, so that waiting for more would not save a write. */
  get isFull(): boolean {
    return this.#length >= maxPieceBytes;
  }

  /** Adds complete lines. */
  add(bytes: Buffer): void {
    this.#writes.push(bytes);
    this.#length += bytes.length;
  }

  /**
   * Removes and returns the bytes of the next piece. Takes as many whole writes as fit, so that the piece ends where a line ends.
   * Divides a write that is longer than a piece: `isPartial` is then true.
   */
  take(): { bytes: Buffer; isPartial: boolean } {
    let length = 0;
    let count = 0;
    for (const { length: more } of this.#writes) {
      if (count > 0 && length + more > maxPieceBytes) break;
      length += more;
      count++;
    }
    let bytes = Buffer.concat(this.#writes.splice(0, count));
    const isPartial = length > maxPieceBytes;
    if (isPartial) {
      this.#writes.unshift(bytes.subarray(maxPieceBytes));
      bytes = bytes.subarray(0, maxPieceBytes);
    }
    this.#length -= bytes.length;
    return { bytes, isPartial };
  }

  clear(): void {
    this.#writes = [];
    this.#length = 0;
  }
}
