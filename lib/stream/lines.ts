// Bedrock's frames and our own objects become lines: NDJSON, or the same objects as server-sent events.
import { isUtf8 } from "node:buffer";
import type { EndLine, ErrorLine, PingLine, StartLine } from "../wire.ts";
import { isPlainObject } from "./plain-json.ts";

export type Format = "ndjson" | "sse";

/** The lines that are ours, as against Bedrock's events. */
export type OwnLine = StartLine | PingLine | EndLine | ErrorLine;

/** A payload that is no JSON object, or an event name that cannot stand in a line. */
export class InvalidEvent extends Error {
  override name = "InvalidEvent" as const;
}

const ownTypes: ReadonlySet<string> = new Set<OwnLine["type"]>(["start", "ping", "end", "error"]);

/**
 * Collects lines; `take` gives what has gathered, for one write per chunk from upstream.
 *
 * Bytes are kept as Latin-1 text, one character a byte: joining such strings and turning them into bytes once a
 * chunk costs a third of copying each event between buffers, and is just as exact.
 */
export class LineBuffer {
  readonly #format: Format;
  readonly #lineEnd: string;
  readonly #beginnings = new Map<string, string>();
  #gathered = "";

  constructor(format: Format) {
    this.#format = format;
    this.#lineEnd = format === "sse" ? "\n\n" : "\n";
  }

  /** Appends one of Bedrock's events, its payload byte for byte wherever that makes a valid line. */
  event(name: string, payload: Buffer): void {
    const beginning = this.#beginnings.get(name) ?? this.#makeBeginning(name);
    const text = payload.toString("latin1");
    if (isPlainObject(text) && isUtf8(payload)) {
      this.#gathered += `${beginning},${text.slice(1)}${this.#lineEnd}`;
      return;
    }
    const value = parseObject(text, payload);
    const json = isOneLine.test(text) ? text : latin1(JSON.stringify(JSON.parse(payload.toString())));
    if ("type" in value) this.#gathered += `${beginning},"value":${json}}${this.#lineEnd}`;
    else if (json.length === 2) this.#gathered += `${beginning}}${this.#lineEnd}`;
    else this.#gathered += `${beginning},${json.slice(1)}${this.#lineEnd}`;
  }

  /** Appends one line of our own. */
  own(line: OwnLine): void {
    this.#gathered += latin1(this.#eventField(line.type) + JSON.stringify(line)) + this.#lineEnd;
  }

  take(): Buffer {
    const bytes = Buffer.from(this.#gathered, "latin1");
    this.#gathered = "";
    return bytes;
  }

  /** `{"type":"…"` with what the format wants before it. */
  #makeBeginning(name: string): string {
    if (!/^[A-Za-z0-9]+$/.test(name)) throw new InvalidEvent("Event name has other than letters and digits");
    const type = ownTypes.has(name) ? `bedrock:${name}` : name;
    const beginning = `${this.#eventField(type)}{"type":"${type}"`;
    this.#beginnings.set(name, beginning);
    return beginning;
  }

  #eventField(type: string): string {
    return this.#format === "sse" ? `event: ${type}\ndata: ` : "";
  }
}

/** An object that can be spliced into a line: the white space that JSON allows would break it, but for blanks. */
const isOneLine = /^\{"[^\t\n\r]*\}$/;

function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

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
