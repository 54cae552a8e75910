// Bedrock's frames and our own objects become lines: NDJSON, or the same objects as server-sent events.
import { isUtf8 } from "node:buffer";
import type { EndLine, ErrorLine, PingLine, StartLine } from "../../wire.ts";
import { isPlainObject } from "./plain-json.ts";
import { hasTypeMember, renameTypeMembers } from "./type-member.ts";

export type Format = "ndjson" | "sse";

/** The lines that are ours, as against Bedrock's events. */
export type OwnLine = StartLine | PingLine | EndLine | ErrorLine;

/** A payload that is no JSON object, or an event name that cannot stand in a line. */
export class InvalidEvent extends Error {
  override name = "InvalidEvent" as const;
}

const ownTypes: ReadonlySet<string> = new Set<OwnLine["type"]>(["start", "ping", "end", "error"]);

/** Collects lines; `take` gives what has gathered, for one write per chunk from upstream. */
export class LineBuffer {
  readonly #format: Format;
  readonly #lineEnd: Buffer;
  readonly #beginnings = new Map<string, Buffer>();
  #bytes: Buffer = nothing;
  #length = 0;

  constructor(format: Format) {
    this.#format = format;
    this.#lineEnd = Buffer.from(format === "sse" ? "\n\n" : "\n");
  }

  /** Makes room for so many bytes at once, in place of a little at a time. */
  reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /**
   * Appends one of Bedrock's events, its payload byte for byte. Only white space that would break the line is left out,
   * and a top-level member called `type` is renamed to `bedrock:type`.
   */
  event(name: string, payload: Buffer): void {
    const beginning = this.#beginnings.get(name) ?? this.#makeBeginning(name);
    // Latin-1 costs nothing to decode, and all that means anything in JSON is ASCII.
    const text = payload.toString("latin1");
    if (isPlainObject(text) && isUtf8(payload)) return this.#splice(beginning, payload);
    const value = parseObject(text, payload);
    if (Object.keys(value).length === 0) return this.#append(beginning, closing, this.#lineEnd);
    // Strings hold none of these unescaped: outside of them they mean nothing.
    const line = text.replaceAll(/[\t\n\r]+/g, "").trim();
    const json = hasTypeMember(value) ? renameTypeMembers(line) : line;
    this.#splice(beginning, json === text ? payload : Buffer.from(json, "latin1"));
  }

  /** Appends one line of our own. */
  own(line: OwnLine): void {
    this.#append(Buffer.from(this.#eventField(line.type) + JSON.stringify(line)), this.#lineEnd);
  }

  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = nothing;
    this.#length = 0;
    return bytes;
  }

  /** Appends an object's members to those of the beginning: its `{` becomes the comma between them. */
  #splice(beginning: Buffer, json: Buffer): void {
    const commaAt = this.#length + beginning.length;
    this.#append(beginning, json, this.#lineEnd);
    this.#bytes[commaAt] = comma;
  }

  #append(...parts: Buffer[]): void {
    let more = 0;
    for (const part of parts) more += part.length;
    this.reserve(more);
    for (const part of parts) {
      this.#bytes.set(part, this.#length);
      this.#length += part.length;
    }
  }

  /** `{"type":"…"` with what the format wants before it. */
  #makeBeginning(name: string): Buffer {
    if (!eventName.test(name)) throw new InvalidEvent("Event name holds what cannot stand in a line");
    const type = ownTypes.has(name) ? `bedrock:${name}` : name;
    const beginning = Buffer.from(`${this.#eventField(type)}{"type":"${type}"`);
    this.#beginnings.set(name, beginning);
    return beginning;
  }

  #eventField(type: string): string {
    return this.#format === "sse" ? `event: ${type}\ndata: ` : "";
  }
}

const nothing = Buffer.alloc(0);
const comma = ",".charCodeAt(0);
const closing = Buffer.from("}");

/**
 * What may stand unescaped in JSON and in the `event` field of server-sent events: visible ASCII without quotes and
 * backslashes. A colon sets our own prefix apart.
 */
const eventName = /^[!#-9;-[\]-~]+$/;

function parseObject(text: string, payload: Buffer): object {
  let value: unknown;
  try {
    // JSON's own characters are ASCII: as Latin-1, which costs nothing to decode, it is as valid as in UTF-8.
    value = isUtf8(payload) && JSON.parse(text);
  } catch {
    throw new InvalidEvent("Payload is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidEvent("Payload is not a JSON object");
  }
  return value;
}
