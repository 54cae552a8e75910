// Makes the writer for the format in which a caller gets the answer.
import type { AnswerWriter, Format } from "../stream/answer-format.ts";
import { ConverseFold } from "../stream/converse/converse-fold.ts";
import { FrameBuffer } from "../stream/events/frame-buffer.ts";
import { LineBuffer } from "../stream/lines/line-buffer.ts";

/**
 * This function is in lib/http/, because only the Function URL has all formats. In lib/stream/, it would add writers to the
 * bundles of the functions that send messages, which never use them.
 */
export function writerFor(format: Format): AnswerWriter {
  if (format === "eventstream") return new FrameBuffer();
  return format === "json" ? new ConverseFold() : new LineBuffer(format);
}
