// Writes Bedrock's events and our own objects as lines: as NDJSON, or as server-sent events that contain the same JSON objects.
import type { AnswerWriter, OwnLine } from "../answer-format.ts";
import { checkEventName, parseEvent } from "./event-payload.ts";
import type { FrameRun, LineParts } from "../events/frame-run.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import { sseFieldsOf } from "../../shared/sse-fields.ts";
import { hasTypeMember, renameTypeMembers } from "./type-member.ts";

const ownTypes: ReadonlySet<string> = new Set<OwnLine["type"]>(["start", "ping", "end", "error"]);

/** Collects lines until `take` returns them, so that one chunk from Bedrock becomes one write. */
export class LineBuffer extends GrowingBuffer implements AnswerWriter {
  readonly format: "ndjson" | "sse";
  readonly #lineEnd: Buffer;
  /** By the name of the event. */
  readonly #parts = new Map<string, LineParts>();

  constructor(format: LineBuffer["format"]) {
    super();
    this.format = format;
    this.#lineEnd = Buffer.from(format === "sse" ? "\n\n" : "\n");
  }

  /**
   * Appends one of Bedrock's events. Its payload stays unchanged, with two exceptions: tabs, line breaks and surrounding white
   * space are removed, and a top-level member called `type` is renamed to `bedrock:type`. Throws `InvalidEvent`.
   */
  event(name: string, payload: Buffer): void {
    const { beginning, end } = this.lineParts(name);
    // Decoding as Latin-1 costs almost nothing, and is good enough to check JSON, whose syntax is all ASCII.
    const text = payload.toString("latin1");
    const value = parseEvent(text, payload);
    // Without a member, there is no comma before the closing brace.
    if (Object.keys(value).length === 0) return this.append(beginning.subarray(0, -1), closing, end);
    // JSON strings cannot contain these characters unescaped, and outside strings the characters have no meaning.
    const line = text.replaceAll(/[\t\n\r]+/g, "").trim();
    const json = hasTypeMember(value) ? renameTypeMembers(line) : line;
    const object = json === text ? payload : Buffer.from(json, "latin1");
    this.append(beginning, object.subarray(1), end);
  }

  lineParts(name: string): LineParts {
    return this.#parts.get(name) ?? this.#makeParts(name);
  }

  run({ source, end, lines }: FrameRun): void {
    this.appendOver(source, end, lines);
  }

  /** Appends one of our own lines. */
  own(line: OwnLine): void {
    const fields = this.format === "sse" ? sseFieldsOf(line) : "";
    this.append(Buffer.from(fields + JSON.stringify(line)), this.#lineEnd);
  }

  /** Makes the beginning of a line: `{"type":"…",`, and before that the other fields if it is a server-sent event. */
  #makeParts(name: string): LineParts {
    checkEventName(name);
    const type = ownTypes.has(name) ? `bedrock:${name}` : name;
    const fields = this.format === "sse" ? sseFieldsOf({ type }) : "";
    const parts = { beginning: Buffer.from(`${fields}{"type":"${type}",`), end: this.#lineEnd };
    this.#parts.set(name, parts);
    return parts;
  }
}

const closing = Buffer.from("}");
