// Makes the writer for the format in which a caller gets the answer.
import type { AnswerWriter, Format } from "../stream/answer-format.ts";
import { ConverseFold } from "../stream/converse/converse-fold.ts";
import { FrameBuffer } from "../stream/events/frame-buffer.ts";
import { LineBuffer } from "../stream/lines/line-buffer.ts";

/**
 * Only the Function URL has all formats. The bundles of functions that send messages would contain writers that they never use.
 */
export function writerFor(format: Format): AnswerWriter {
  if (format === "eventstream") return new FrameBuffer();
  return format === "json" ? new ConverseFold() : new LineBuffer(format);
}
