// application/vnd.amazon.eventstream: bytes in, checked frames out. Pure and incremental.
//
// A frame: total length (4), headers length (4), CRC of these 8 bytes (4), headers, payload, CRC of all before (4).
// https://smithy.io/2.0/aws/amazon-eventstream.html
import { crc32 } from "node:zlib";
import { EventStreamCorrupt, parseHeaders, type HeaderValue } from "./frame-headers.ts";

const preludeLength = 12;
const checksumLength = 4;
/** The bounds of AWS's own decoders (aws-c-event-stream): what is larger is no frame, and is not waited for. */
const maxFrameLength = 24 * 1024 * 1024;
const maxHeadersLength = 128 * 1024;
/** Room for unfinished frames that is kept for the next one; a rare giant's is given back. */
const keptRoom = 256 * 1024;

/** One frame. `payload` is a view into the received bytes: it must not be kept beyond the callback. */
export interface Frame {
  headers: ReadonlyMap<string, HeaderValue>;
  payload: Buffer;
}

/** Decodes frames from chunks that may be split anywhere; throws `EventStreamCorrupt` after the last good frame. */
export class EventStreamDecoder {
  readonly #onFrame: (frame: Frame) => void;
  /** The beginning of a frame whose rest has not come yet: the first `#heldLength` bytes of `#held`. */
  #held: Buffer = Buffer.alloc(0);
  #heldLength = 0;
  /** Consecutive deltas carry the same headers byte for byte: comparing is cheaper than parsing. */
  #lastHeaderBytes: Buffer = Buffer.alloc(0);
  #lastHeaders: ReadonlyMap<string, HeaderValue> = new Map();

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    let offset = 0;
    while (this.#heldLength > 0 && offset < chunk.length) offset = this.#complete(chunk, offset);
    while (offset < chunk.length) {
      const length = frameLength(chunk, offset);
      if (length === undefined || offset + length > chunk.length) break;
      this.#read(chunk, offset, offset + length);
      offset += length;
    }
    if (offset < chunk.length) this.#hold(chunk, offset, chunk.length);
  }

  /** Adds to the held bytes what they lack, up to the next boundary: the prelude's end, then the frame's. */
  #complete(chunk: Buffer, offset: number): number {
    const target = frameLength(this.#held.subarray(0, this.#heldLength), 0) ?? preludeLength;
    const end = Math.min(chunk.length, offset + target - this.#heldLength);
    this.#hold(chunk, offset, end);
    const whole = this.#held.subarray(0, this.#heldLength);
    if (frameLength(whole, 0) === whole.length) {
      this.#heldLength = 0;
      if (this.#held.length > keptRoom) this.#held = Buffer.alloc(0);
      this.#read(whole, 0, whole.length);
    }
    return end;
  }

  /** Doubles its room as bytes arrive: a frame in one-byte pieces stays linear, a lying length reserves nothing. */
  #hold(chunk: Buffer, start: number, end: number): void {
    const needed = this.#heldLength + end - start;
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#held.length * 2, 1024));
      this.#held.copy(larger, 0, 0, this.#heldLength);
      this.#held = larger;
    }
    chunk.copy(this.#held, this.#heldLength, start, end);
    this.#heldLength = needed;
  }

  #read(bytes: Buffer, start: number, end: number): void {
    const checksumAt = end - checksumLength;
    const preludeChecksum = bytes.readUInt32BE(start + 8);
    // A CRC can be continued: the first 8 bytes were checked with the prelude.
    if (crc32(bytes.subarray(start + 8, checksumAt), preludeChecksum) !== bytes.readUInt32BE(checksumAt)) {
      throw new EventStreamCorrupt("Message checksum does not match");
    }
    const headersStart = start + preludeLength;
    const headersEnd = headersStart + bytes.readUInt32BE(start + 4);
    const last = this.#lastHeaderBytes;
    if (bytes.compare(last, 0, last.length, headersStart, headersEnd) !== 0) {
      const headerBytes = Buffer.from(bytes.subarray(headersStart, headersEnd));
      this.#lastHeaders = parseHeaders(headerBytes);
      this.#lastHeaderBytes = headerBytes;
    }
    this.#onFrame({ headers: this.#lastHeaders, payload: bytes.subarray(headersEnd, checksumAt) });
  }
}

/** The length of the frame that starts at `offset`, or undefined while its prelude is not whole. */
function frameLength(bytes: Buffer, offset: number): number | undefined {
  if (bytes.length - offset < preludeLength) return undefined;
  if (crc32(bytes.subarray(offset, offset + 8)) !== bytes.readUInt32BE(offset + 8)) {
    throw new EventStreamCorrupt("Prelude checksum does not match");
  }
  const length = bytes.readUInt32BE(offset);
  const headersLength = bytes.readUInt32BE(offset + 4);
  if (length > maxFrameLength || headersLength > maxHeadersLength) {
    throw new EventStreamCorrupt(
      `Frame is too large: ${length} bytes with ${headersLength} bytes of headers`,
    );
  }
  if (length < preludeLength + headersLength + checksumLength) {
    throw new EventStreamCorrupt(`Frame of ${length} bytes cannot hold ${headersLength} bytes of headers`);
  }
  return length;
}
