// Measures when the caller gets the first delta. Unlike the function's own timing, this includes the cold start.

/**
 * The beginning of a delta's line, and the header of a delta's frame. Neither can occur within the text of an answer,
 * because quotation marks and control characters are escaped there.
 */
const marks = [
  Buffer.from(`{"type":"contentBlockDelta"`),
  Buffer.from(":event-type\x07\0\x11contentBlockDelta"),
];
const longest = Math.max(...marks.map(({ length }) => length));

export class FirstDelta {
  readonly #startedAt = performance.now();
  #tail = Buffer.alloc(0);
  /** Milliseconds since the request's arrival. Undefined until the first delta. */
  afterMs: number | undefined;

  /** Searches the next bytes of the body. */
  search(bytes: Buffer): void {
    if (this.afterMs !== undefined) return;
    const seen = Buffer.concat([this.#tail, bytes]);
    if (marks.some((mark) => seen.includes(mark))) this.afterMs = performance.now() - this.#startedAt;
    else this.#tail = seen.subarray(-longest + 1);
  }
}
