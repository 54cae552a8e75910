// Newline-delimited JSON: bytes in pieces of any size -> the objects of the lines that are whole.
import { isUtf8 } from "node:buffer";
import type { Line } from "../wire.ts";
import { createByteBuffer } from "./byte-buffer.ts";

/** A line that cannot be trusted. The message never holds the line. */
export class BadLineError extends Error {
  override readonly name = "BadLineError";
  /** `altered`: the line is none of the service's. */
  readonly reason: "altered" | "corrupt" | "too-long";

  constructor(message: string, reason: "altered" | "corrupt" | "too-long" = "corrupt") {
    super(message);
    this.reason = reason;
  }
}

export interface LineDecoder {
  /**
   * The lines that these bytes end, to be read to the last before more is pushed. Throws {@link BadLineError} in the
   * place of a bad line; the decoder is of no use afterwards.
   */
  push(chunk: Uint8Array): Generator<Line, void, undefined>;
}

const newline = 0x0a;

/**
 * A line counts only with its newline: what comes after the last one is never given out. `maxLineLength` bounds the
 * memory that one line takes, in bytes without the newline.
 */
export function createLineDecoder(maxLineLength: number): LineDecoder {
  const unfinished = createByteBuffer();

  function* push(chunk: Uint8Array): Generator<Line, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = parseLine(finish(chunk.subarray(start, end)));
      start = end + 1;
      if (line !== undefined) yield line;
    }
    const rest = chunk.subarray(start);
    checkLength(unfinished.length + rest.length);
    unfinished.append(rest);
  }

  function finish(end: Uint8Array): Uint8Array {
    checkLength(unfinished.length + end.length);
    if (unfinished.length === 0) return end;
    unfinished.append(end);
    return unfinished.take();
  }

  function checkLength(length: number): void {
    if (length <= maxLineLength) return;
    throw new BadLineError(`A line is longer than maxLineLength, ${maxLineLength} bytes`, "too-long");
  }

  return { push };
}

function parseLine(bytes: Uint8Array): Line | undefined {
  // RFC 1952, section 2.3.1: a proxy may compress, and not say so.
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw new BadLineError("it is compressed with gzip", "altered");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  // What is not UTF-8 becomes U+FFFD, which may also have been sent.
  if (text.includes("\uFFFD") && !isUtf8(bytes)) throw new BadLineError("A line is not UTF-8");
  if (text.trim() === "") return undefined;
  if (/^\s*</.test(text)) throw new BadLineError("it holds a web page", "altered");
  const value = parseJson(text);
  if (typeof value === "object" && value !== null && "type" in value && typeof value.type === "string") {
    return value as Line;
  }
  throw new BadLineError('A line is not an object with a "type"');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause: V8 quotes the text, which is the model's answer.
    throw new BadLineError("A line is not JSON");
  }
}
