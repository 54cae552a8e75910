// The formats in which a caller can get an answer, and the interface of what writes them.
import type { EndLine, ErrorLine, PingLine, StartLine } from "../wire.ts";
import type { Frame } from "./events/event-stream-decoder.ts";

/** Lines, server-sent events, Bedrock's own event stream, or Converse's one JSON object. */
export type Format = "ndjson" | "sse" | "eventstream" | "json";

/** What this service adds to Bedrock's events. Each format says it in its own way. */
export type OwnLine = StartLine | PingLine | EndLine | ErrorLine;

export interface AnswerWriter {
  /** Makes room for about `more` bytes. */
  reserve(more: number): void;
  /** Throws `InvalidEvent` if the payload is not a JSON object. `frame` has the bytes that Bedrock sent. */
  event(name: string, payload: Buffer, frame: Frame): void;
  own(line: OwnLine): void;
  /** Hands over the bytes that have gathered; empty if there are none. */
  take(): Buffer;
}
