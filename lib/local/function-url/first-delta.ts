// Times an answer's first delta as its caller gets it: the function's own clock does not see a cold start.

/** Begins an event's line, or its data. Within a text its quotation marks would be escaped. */
const mark = Buffer.from(`{"type":"contentBlockDelta"`);

export class FirstDelta {
  readonly #startedAt = performance.now();
  #tail = Buffer.alloc(0);
  /** Milliseconds from the request's arrival. */
  afterMs: number | undefined;

  /** Looks at the next bytes of the body. */
  look(bytes: Buffer): void {
    if (this.afterMs !== undefined) return;
    const seen = Buffer.concat([this.#tail, bytes]);
    if (seen.includes(mark)) this.afterMs = performance.now() - this.#startedAt;
    else this.#tail = seen.subarray(-mark.length + 1);
  }
}
