// Decodes application/vnd.amazon.eventstream: bytes in, frames with verified checksums out.
//
// A frame: total length (4), headers length (4), CRC of these 8 bytes (4), headers, payload, CRC of everything before it (4).
// https://smithy.io/2.0/aws/amazon-eventstream.html
import { crc32 } from "./crc32.ts";
import { FrameRun, type LineParts } from "./frame-run.ts";
import { EventStreamCorrupt, parseHeaders, type HeaderValue } from "./frame-headers.ts";

const preludeLength = 12;
const checksumLength = 4;
/**
 * The limits of AWS's own decoders (aws-c-event-stream). A frame with a larger length is rejected immediately, before its
 * bytes have arrived.
 */
const maxFrameLength = 24 * 1024 * 1024;
const maxHeadersLength = 128 * 1024;
/** In bytes. A buffer for incomplete frames up to this size is reused; a larger one is released. */
const keptRoom = 256 * 1024;

/** One frame. `payload` is a view of the received bytes, and like `source` only valid during the callback. */
export interface Frame {
  headers: ReadonlyMap<string, HeaderValue>;
  payload: Buffer;
  /** The whole frame is in these bytes, from `start` to `end`. */
  source: Buffer;
  start: number;
  end: number;
}

/** The receiver of frames that are not passed on one by one. */
export interface Runs {
  /**
   * Called after each frame. Returns the parts of the lines of frames with that frame's headers, which may then come in runs.
   * Returns undefined if these frames have to come one by one.
   */
  lineParts(): LineParts | undefined;
  /** The run is only valid during the call. */
  onRun(run: FrameRun): void;
}

/** Decodes frames from chunks that may be split anywhere. Throws `EventStreamCorrupt` after the last valid frame. */
export class EventStreamDecoder {
  readonly #onFrame: (frame: Frame) => void;
  readonly #runs: Runs | undefined;
  #run: FrameRun | undefined;
  /** An incomplete frame: the first `#heldLength` bytes of `#held`. */
  #held: Buffer = Buffer.alloc(0);
  #heldLength = 0;
  /** Consecutive deltas have identical header bytes, and comparing them is cheaper than parsing. */
  #lastHeaderBytes: Buffer = Buffer.alloc(0);
  #lastHeaders: ReadonlyMap<string, HeaderValue> = new Map();

  constructor(onFrame: (frame: Frame) => void, runs?: Runs) {
    this.#onFrame = onFrame;
    this.#runs = runs;
  }

  push(chunk: Buffer): void {
    let offset = 0;
    while (this.#heldLength > 0 && offset < chunk.length) offset = this.#complete(chunk, offset);
    while (offset < chunk.length) {
      offset = this.#passRun(chunk, offset);
      const length = frameLength(chunk, offset);
      if (length === undefined || offset + length > chunk.length) break;
      this.#read(chunk, offset, offset + length);
      offset += length;
    }
    if (offset < chunk.length) this.#hold(chunk, offset, chunk.length);
  }

  /** Passes on the frames from `offset` that have the headers of an earlier one. Returns their end. */
  #passRun(chunk: Buffer, offset: number): number {
    if (!this.#run) return offset;
    const end = this.#run.read(chunk, offset);
    if (end > offset) this.#runs?.onRun(this.#run);
    return end;
  }

  /** Adds bytes to the incomplete frame: first up to the end of its prelude, then up to the end of the frame. */
  #complete(chunk: Buffer, offset: number): number {
    const target = frameLength(this.#held.subarray(0, this.#heldLength), 0) ?? preludeLength;
    const end = Math.min(chunk.length, offset + target - this.#heldLength);
    this.#hold(chunk, offset, end);
    const complete = this.#held.subarray(0, this.#heldLength);
    if (frameLength(complete, 0) === complete.length) {
      this.#heldLength = 0;
      if (this.#held.length > keptRoom) this.#held = Buffer.alloc(0);
      this.#read(complete, 0, complete.length);
    }
    return end;
  }

  /**
   * Doubles the buffer whenever it is full, so that a frame in tiny chunks takes linear time. Memory is reserved only for
   * bytes that have arrived, whatever length the prelude claims.
   */
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
    // Continues the prelude's CRC, which covers the first 8 bytes.
    if (crc32(bytes.subarray(start + 8, checksumAt), preludeChecksum) !== bytes.readUInt32BE(checksumAt)) {
      throw new EventStreamCorrupt("a frame has a wrong message checksum");
    }
    const headersStart = start + preludeLength;
    const headersEnd = headersStart + bytes.readUInt32BE(start + 4);
    const last = this.#lastHeaderBytes;
    if (bytes.compare(last, 0, last.length, headersStart, headersEnd) !== 0) {
      const headerBytes = Buffer.from(bytes.subarray(headersStart, headersEnd));
      this.#lastHeaders = parseHeaders(headerBytes);
      this.#lastHeaderBytes = headerBytes;
    }
    const payload = bytes.subarray(headersEnd, checksumAt);
    this.#onFrame({ headers: this.#lastHeaders, payload, source: bytes, start, end });
    const parts = this.#runs?.lineParts();
    if (!parts) return;
    this.#run ??= new FrameRun();
    this.#run.follow(this.#lastHeaderBytes, parts);
  }
}

/** The length of the frame at `offset`, or undefined until the complete prelude has arrived. */
function frameLength(bytes: Buffer, offset: number): number | undefined {
  if (bytes.length - offset < preludeLength) return undefined;
  if (crc32(bytes.subarray(offset, offset + 8)) !== bytes.readUInt32BE(offset + 8)) {
    throw new EventStreamCorrupt("a frame has a wrong prelude checksum");
  }
  const length = bytes.readUInt32BE(offset);
  const headersLength = bytes.readUInt32BE(offset + 4);
  if (length > maxFrameLength || headersLength > maxHeadersLength) {
    throw new EventStreamCorrupt(
      `a frame is too large: ${length} bytes with ${headersLength} bytes of headers`,
    );
  }
  if (length < preludeLength + headersLength + checksumLength) {
    throw new EventStreamCorrupt(`a frame of ${length} bytes cannot hold ${headersLength} bytes of headers`);
  }
  return length;
}
