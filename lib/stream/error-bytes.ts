// The bytes that report an error at the end of an answer that has already begun.
import type { Format } from "./answer-format.ts";
import { streamExceptionOf } from "./bedrock-exceptions.ts";
import type { ConverseError } from "./converse-error.ts";
import { encodeFrame } from "./events/frame-encoder.ts";
import { LineBuffer } from "./lines/line-buffer.ts";

/** Empty for Converse's one JSON object, which is only sent if the answer is complete. */
export function errorBytesOf(error: ConverseError, format: Format, requestId: string): Buffer {
  if (format === "json") return Buffer.alloc(0);
  const { name, message } = error;
  if (format === "eventstream")
    return encodeFrame("exception", streamExceptionOf(name, true), JSON.stringify({ message }));
  const buffer = new LineBuffer(format);
  buffer.own(error.toLine(requestId));
  return buffer.take();
}
