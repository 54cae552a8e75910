// Passes on Bedrock's event stream: the bytes of each frame, and our own endings as frames of the same protocol.
import type { AnswerWriter, OwnLine } from "../answer-format.ts";
import { streamExceptionOf } from "../bedrock-exceptions.ts";
import type { ErrorName } from "../converse-error.ts";
import { checkEventName, isPlainEvent, parseEvent } from "../lines/event-payload.ts";
import { GrowingBuffer } from "../lines/growing-buffer.ts";
import type { Frame } from "./event-stream-decoder.ts";
import { encodeFrame } from "./frame-encoder.ts";

export class FrameBuffer extends GrowingBuffer implements AnswerWriter {
  /** Nearly all events have the name of the one before. */
  #checkedName: string | undefined;

  /** Appends the frame as Bedrock sent it. Throws `InvalidEvent` for one that no SDK could read. */
  event(name: string, payload: Buffer, { source, start, end }: Frame): void {
    if (name !== this.#checkedName) checkEventName((this.#checkedName = name));
    const text = payload.toString("latin1");
    if (!isPlainEvent(text, payload)) parseEvent(text, payload);
    this.append(source.subarray(start, end));
  }

  /**
   * An error becomes an exception, which every SDK throws. A complete answer ends with Bedrock's own last frame, and the
   * protocol needs nothing at the start. It has no pings either, but the SDKs skip events that they do not know.
   */
  own(line: OwnLine): void {
    if (line.type === "ping") this.append(ping);
    if (line.type !== "error") return;
    const { name, message } = line.error;
    const exception = streamExceptionOf(name as ErrorName);
    this.append(encodeFrame("exception", exception, JSON.stringify({ message })));
  }
}

const ping = encodeFrame("event", "ping", "{}");
