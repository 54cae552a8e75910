// Writes Bedrock's events and our own objects as lines: NDJSON, or the same objects as server-sent events.
import { isUtf8 } from "node:buffer";
import type { EndLine, ErrorLine, PingLine, StartLine } from "../../wire.ts";
import { sseFieldsOf } from "../../shared/sse-fields.ts";
import { isPlainObject } from "./plain-json.ts";
import { hasTypeMember, renameTypeMembers } from "./type-member.ts";

export type Format = "ndjson" | "sse";

/** The lines that this service adds to Bedrock's events. */
export type OwnLine = StartLine | PingLine | EndLine | ErrorLine;

/** Thrown for a payload that is not a JSON object, and for an event name that cannot be written in a line. */
export class InvalidEvent extends Error {
  override name = "InvalidEvent" as const;
}

const ownTypes: ReadonlySet<string> = new Set<OwnLine["type"]>(["start", "ping", "end", "error"]);

/** Collects lines until `take` returns them, so that one chunk from Bedrock becomes one write. */
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

  /** Makes room for `more` bytes at once, which saves growing line by line. */
  reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /**
   * Appends one of Bedrock's events with its payload unchanged, except that white space which would break the line is
   * removed, and a top-level member called `type` is renamed to `bedrock:type`. Throws `InvalidEvent`.
   */
  event(name: string, payload: Buffer): void {
    const beginning = this.#beginnings.get(name) ?? this.#makeBeginning(name);
    // Decoding as Latin-1 is almost free, and JSON's syntax is all ASCII.
    const text = payload.toString("latin1");
    if (isPlainObject(text) && isUtf8(payload)) return this.#splice(beginning, payload);
    const value = parseObject(text, payload);
    if (Object.keys(value).length === 0) return this.#append(beginning, closing, this.#lineEnd);
    // JSON strings cannot contain these unescaped, and outside of strings they have no meaning.
    const line = text.replaceAll(/[\t\n\r]+/g, "").trim();
    const json = hasTypeMember(value) ? renameTypeMembers(line) : line;
    this.#splice(beginning, json === text ? payload : Buffer.from(json, "latin1"));
  }

  /** Appends one of our own lines. */
  own(line: OwnLine): void {
    const fields = this.#format === "sse" ? sseFieldsOf(line) : "";
    this.#append(Buffer.from(fields + JSON.stringify(line)), this.#lineEnd);
  }

  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = nothing;
    this.#length = 0;
    return bytes;
  }

  /** Appends an object's members to the beginning. The object's `{` is overwritten by the comma between them. */
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

  /** `{"type":"…"`, in server-sent events with the other fields before it. */
  #makeBeginning(name: string): Buffer {
    if (!eventName.test(name))
      throw new InvalidEvent("an event's name has characters that cannot be written in a line");
    const type = ownTypes.has(name) ? `bedrock:${name}` : name;
    const fields = this.#format === "sse" ? sseFieldsOf({ type }) : "";
    const beginning = Buffer.from(`${fields}{"type":"${type}"`);
    this.#beginnings.set(name, beginning);
    return beginning;
  }
}

const nothing = Buffer.alloc(0);
const comma = ",".charCodeAt(0);
const closing = Buffer.from("}");

/**
 * Characters that need no escapes, neither in JSON nor in the `event` field of server-sent events: visible ASCII
 * without quotes and backslashes. The colon is reserved for our own prefix.
 */
const eventName = /^[!#-9;-[\]-~]+$/;

function parseObject(text: string, payload: Buffer): object {
  let value: unknown;
  try {
    // JSON's syntax is all ASCII, so the Latin-1 text is valid exactly if the UTF-8 text is.
    value = isUtf8(payload) && JSON.parse(text);
  } catch {
    throw new InvalidEvent("an event's payload is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidEvent("an event's payload is not a JSON object");
  }
  return value;
}
