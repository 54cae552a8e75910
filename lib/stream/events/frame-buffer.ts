// Passes on the frames of Bedrock's event stream unchanged, and adds our own errors and pings as frames.
import type { AnswerWriter, OwnLine } from "../answer-format.ts";
import { streamExceptionOf } from "../bedrock-exceptions.ts";
import type { ErrorName } from "../converse-error.ts";
import { checkEventName, parseEvent } from "../lines/event-payload.ts";
import { GrowingBuffer } from "../lines/growing-buffer.ts";
import type { Frame } from "./event-stream-decoder.ts";
import type { FrameRun, LineParts } from "./frame-run.ts";
import { encodeFrame } from "./frame-encoder.ts";

export class FrameBuffer extends GrowingBuffer implements AnswerWriter {
  readonly format = "eventstream";
  /** The last event's name. Most events have the same name as the event before, and the name is then not checked again. */
  #checkedName: string | undefined;

  /** Appends the frame as Bedrock sent it. Throws `InvalidEvent` for a frame that no SDK could read. */
  event(name: string, payload: Buffer, { source, start, end }: Frame): void {
    if (name !== this.#checkedName) checkEventName((this.#checkedName = name));
    parseEvent(payload.toString("latin1"), payload);
    this.append(source.subarray(start, end));
  }

  lineParts(): LineParts {
    return noParts;
  }

  run({ source, start, end }: FrameRun): void {
    this.appendView(source.subarray(start, end));
  }

  /**
   * Appends an error as an exception frame, which every SDK throws. Ignores `start` and `end`, which the protocol does not
   * have: a complete answer ends with Bedrock's own last frame. Appends a ping as an event of an unknown type, which most SDKs
   * skip or pass to the program (../README.md).
   */
  own(line: OwnLine): void {
    if (line.type === "ping") this.append(encodeFrame("event", "ping", "{}"));
    if (line.type !== "error") return;
    const { name, message } = line.error;
    const exception = streamExceptionOf(name as ErrorName, this.#checkedName !== undefined);
    this.append(encodeFrame("exception", exception, JSON.stringify({ message })));
  }
}

const noParts: LineParts = { beginning: Buffer.alloc(0), end: Buffer.alloc(0) };
