// Reads runs of similar frames, such as the deltas in one chunk: verifies both checksums, headers and JSON of each in one pass.
//
// Reading the frames one by one would take longer: most of that time goes into calls of native functions, and into making the
// views of the bytes that these functions need.
import { hasShape, shapeOf, type EventShape } from "./event-shape.ts";
import { makeTables, shortChecksum } from "./short-checksum.ts";

const preludeLength = 12;
const checksumLength = 4;
/** Bytes. In a longer frame, calls of native functions do not matter. */
export const longestFrame = 1023;
const nothing: Buffer = Buffer.alloc(0);

/** Consecutive frames in `source`. Each has the headers of the frame before the run, and a payload of the same shape. */
export class FrameRun {
  source = nothing;
  start = 0;
  end = 0;
  /** The start and the end of each payload in `source`, one after the other. */
  readonly payloads: number[] = [];
  #headers = nothing;
  #shape: EventShape | undefined;
  /** The checksum of prelude and headers, by the frame's length. 0 if unknown. Equal lengths and headers have equal checksums. */
  readonly #beginnings = new Int32Array(longestFrame + 1);

  constructor() {
    makeTables();
  }

  get count(): number {
    return this.payloads.length / 2;
  }

  /** Sets the frame that the next ones are compared with. */
  follow(headers: Buffer, payload: Buffer): void {
    if (!this.#shape || !hasShape(this.#shape, payload, 0, payload.length)) this.#shape = shapeOf(payload);
    if (this.#headers.equals(headers)) return;
    this.#headers = headers;
    this.#beginnings.fill(0);
  }

  /**
   * Reads frames from `start` up to one that differs, is incomplete, or is not valid, and returns the start of that frame. The
   * caller then reads that frame on its own, which also shows whether there is an error.
   */
  read(source: Buffer, start: number): number {
    this.source = source;
    this.start = start;
    this.payloads.length = 0;
    const shape = this.#shape;
    if (!shape) return start;
    const headers = this.#headers;
    const beginnings = this.#beginnings;
    const view = new DataView(source.buffer, source.byteOffset, source.length);
    const headersLength = headers.length;
    const shortest = preludeLength + headersLength + checksumLength;
    let at = start;
    while (source.length - at >= shortest) {
      const length = view.getInt32(at);
      const payloadStart = at + preludeLength + headersLength;
      const payloadEnd = at + length - checksumLength;
      if (length < shortest || length > longestFrame || length > source.length - at) break;
      if (shortChecksum(view, at, at + 8, 0) !== view.getInt32(at + 8)) break;
      if (view.getInt32(at + 4) !== headersLength || !isAt(source, at + preludeLength, headers)) break;
      const before = (beginnings[length] ||= shortChecksum(view, at, payloadStart, 0));
      if (shortChecksum(view, payloadStart, payloadEnd, before) !== view.getInt32(payloadEnd)) break;
      if (!hasShape(shape, source, payloadStart, payloadEnd)) break;
      this.payloads.push(payloadStart, payloadEnd);
      at += length;
    }
    return (this.end = at);
  }
}

function isAt(bytes: Buffer, start: number, expected: Buffer): boolean {
  for (let at = 0; at < expected.length; at++) if (bytes[start + at] !== expected[at]) return false;
  return true;
}
