// The formats in which a caller can get an answer, and the interface of their writers.
import type { EndLine, ErrorLine, PingLine, StartLine } from "../wire.ts";
import type { Frame } from "./events/event-stream-decoder.ts";
import type { FrameRun, LineParts } from "./events/frame-run.ts";

/** Lines, server-sent events, Bedrock's own event stream, or Converse's one JSON object. */
export type Format = "ndjson" | "sse" | "eventstream" | "json";

/** The lines that this service adds to Bedrock's events. Each format writes them in its own way, or not at all. */
export type OwnLine = StartLine | PingLine | EndLine | ErrorLine;

export interface AnswerWriter {
  readonly format: Format;
  /**
   * Throws `InvalidEvent` if the payload is not a JSON object, or if the name cannot be written in a line. Throws `ConverseError`
   * if the format cannot contain the event. `frame` has the bytes that Bedrock sent.
   */
  event(name: string, payload: Buffer, frame: Frame): void;
  /**
   * Returns the parts of the lines of events with this name. Called only after `event` has written such an event. A writer
   * without this method gets no runs.
   */
  lineParts?(name: string): LineParts;
  /** Like `event` for each frame of the run. May overwrite the bytes of the run's `source` that come before the run's `end`. */
  run?(run: FrameRun): void;
  own(line: OwnLine): void;
  /** Returns the bytes written since the last call; empty if there are none. */
  take(): Buffer;
}
