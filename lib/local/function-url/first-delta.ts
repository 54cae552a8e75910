// Measures when the caller gets the first delta. Unlike the function's own timing, this includes the cold start.

/** The beginning of a delta's line. It cannot occur within a text, where its quotation marks would be escaped. */
const mark = Buffer.from(`{"type":"contentBlockDelta"`);

export class FirstDelta {
  readonly #startedAt = performance.now();
  #tail = Buffer.alloc(0);
  /** Milliseconds since the request's arrival. Undefined until the first delta. */
  afterMs: number | undefined;

  /** Searches the next bytes of the body. */
  search(bytes: Buffer): void {
    if (this.afterMs !== undefined) return;
    const seen = Buffer.concat([this.#tail, bytes]);
    if (seen.includes(mark)) this.afterMs = performance.now() - this.#startedAt;
    else this.#tail = seen.subarray(-mark.length + 1);
  }
}
