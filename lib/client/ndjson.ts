// Decodes newline-delimited JSON: takes chunks of any size, and returns one object for each complete line.
import type { ErrorLine, Line, WireError } from "../wire.ts";
import { createByteBuffer } from "./byte-buffer.ts";

/**
 * A line that cannot be used. The message is only a clause; the code that catches this error makes a sentence of it. The
 * message never quotes the line, because the line is the model's output.
 */
export class BadLineError extends Error {
  override readonly name = "BadLineError";
  /** `ResponseAltered` if the service did not write the line, `StreamCorrupt` if the line is damaged. */
  readonly code: "LineTooLong" | "ResponseAltered" | "StreamCorrupt";

  constructor(message: string, code: BadLineError["code"] = "StreamCorrupt") {
    super(message);
    this.code = code;
  }
}

/** One line: its text without the newline, and the parsed object, which is `undefined` for an empty line. */
export interface ReceivedLine {
  text: string;
  line: Line | undefined;
}

export interface LineDecoder {
  /**
   * Yields the lines that these bytes complete. Read all of them before the next push. Yields the good lines first, then
   * throws {@link BadLineError} at the first bad one. Do not push again after that.
   */
  push(chunk: Uint8Array): Generator<ReceivedLine, void, undefined>;
}

const newline = 0x0a;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A line is complete only with its newline, so a line that was cut off is never returned. `maxLineLength` limits the
 * memory for one line, in bytes without the newline.
 */
export function createLineDecoder(maxLineLength: number): LineDecoder {
  const unfinished = createByteBuffer();

  function* push(chunk: Uint8Array): Generator<ReceivedLine, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const received = parseLine(finish(chunk.subarray(start, end)));
      start = end + 1;
      yield received;
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
    throw new BadLineError(
      `a line is longer than maxLineLength (${maxLineLength} bytes); raise maxLineLength`,
      "LineTooLong",
    );
  }

  return { push };
}

/**
 * Recognizes the service's error object, which is the last line of a failed stream or the body of an error response.
 */
export function isErrorLine(value: unknown): value is ErrorLine {
  const error = (value as Partial<ErrorLine> | null)?.error as Partial<WireError> | null | undefined;
  return (
    (value as Partial<ErrorLine> | null)?.type === "error" &&
    typeof error?.name === "string" &&
    typeof error.message === "string" &&
    typeof error.retryable === "boolean"
  );
}

function parseLine(bytes: Uint8Array): ReceivedLine {
  // A proxy may compress without a content-encoding header. These are gzip's first bytes:
  // https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    throw new BadLineError("it was compressed with gzip", "ResponseAltered");
  const text = decode(bytes);
  if (text.trim() === "") return { text, line: undefined };
  if (/^\s*</.test(text)) throw new BadLineError("a web page was put into it", "ResponseAltered");
  const value = parseJson(text);
  if (typeof value === "object" && value !== null && "type" in value && typeof value.type === "string") {
    return { text, line: value as Line };
  }
  throw new BadLineError('a line is not an object with a "type"');
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new BadLineError("a line is not UTF-8");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No `cause`, because V8's message quotes the text, which is the model's answer.
    throw new BadLineError("a line is not JSON");
  }
}
