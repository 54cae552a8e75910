// Makes the bytes of an answer from its pieces, without the lines that the reader already has.
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Format } from "../stream/answer-format.ts";
import { LineSkipper } from "./line-skipper.ts";
import type { Piece } from "./piece.ts";

const decompress = promisify(gunzip);

export class PieceReader {
  readonly #skipper: LineSkipper;
  /** Pieces that end within a line. They are passed on when the line is complete, so that a reader never gets half a line. */
  #held: Buffer[] = [];
  /** The lines of the newest piece that was not empty. */
  #tail: Buffer = Buffer.alloc(0);

  constructor(format: Format, fromLine: number) {
    this.#skipper = new LineSkipper(format, fromLine);
  }

  /** Resolves with the new bytes; empty if there are none for this reader. */
  async read({ compressed, isPartial, isRepair }: Piece): Promise<Buffer> {
    if (isRepair) this.#held = [];
    this.#held.push(await decompress(compressed));
    if (isPartial) return Buffer.alloc(0);
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    if (bytes.length > 0) this.#tail = bytes;
    return this.#skipper.push(bytes);
  }

  /** The last line so far; empty if there is none. */
  get lastLine(): Buffer {
    return this.#skipper.lastLineOf(this.#tail);
  }
}
