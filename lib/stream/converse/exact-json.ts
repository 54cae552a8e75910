// Reads and writes JSON without changing values. Long numbers keep their text, because parsing would round them. Bytes that
// arrive in several pieces are joined.
import { isObject } from "../../shared/json-object.ts";
import { membersIn } from "../request/json-source.ts";

/** The JSON text of a value, which `exactJson` writes unchanged. */
export class Source {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Bytes in several pieces of base64. The texts cannot simply be joined, because each piece may end with padding. */
export class Base64Pieces {
  readonly #pieces: string[] = [];

  add(piece: string): this {
    this.#pieces.push(piece);
    return this;
  }

  toJSON(): string {
    const [first = "", ...more] = this.#pieces;
    if (more.length === 0) return first;
    return Buffer.concat(this.#pieces.map((piece) => Buffer.from(piece, "base64"))).toString("base64");
  }
}

/** Returns the source text of each member's value. `text` must be a valid JSON object. */
export function sourcesIn(text: string): Record<string, Source> {
  const members = [...membersIn(text)].map(([name, member]) => [name, new Source(member.replace(label, ""))]);
  return Object.fromEntries(members) as Record<string, Source>;
}

/** The beginning of a member: `"name":` */
const label = /^"(?:[^"\\]|\\.)*"\s*:/;

/** Like `JSON.stringify`, but keeps source texts. The value must not contain `undefined`. */
export function exactJson(value: unknown): string {
  if (value instanceof Source) return value.text;
  if (Array.isArray(value)) return `[${value.map(exactJson).join(",")}]`;
  if (!isObject(value) || value instanceof Base64Pieces) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${exactJson(inner)}`);
  return `{${members.join(",")}}`;
}
