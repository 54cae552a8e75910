// Leaves out the lines that a reader already has.
import type { Format } from "../stream/answer-format.ts";

export class LineSkipper {
  readonly #end: string;
  #left: number;

  /** A server-sent event counts as a line. Bedrock's own formats have no lines, and are always read from the beginning. */
  constructor(format: Format, lines: number) {
    this.#end = format === "sse" ? "\n\n" : "\n";
    this.#left = lines;
  }

  /** Takes complete lines. Returns those that the reader does not have. */
  push(bytes: Buffer): Buffer {
    let start = 0;
    while (this.#left > 0) {
      const end = bytes.indexOf(this.#end, start);
      if (end === -1) return bytes.subarray(bytes.length);
      start = end + this.#end.length;
      this.#left--;
    }
    return bytes.subarray(start);
  }

  lastLineOf(bytes: Buffer): Buffer {
    const before = bytes.lastIndexOf(this.#end, bytes.length - this.#end.length - 1);
    return before === -1 ? bytes : bytes.subarray(before + this.#end.length);
  }
}
