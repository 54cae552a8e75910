// Reads and writes JSON in which some values keep their source text, because parsing would round long numbers.
import { isObject } from "../../shared/json-object.ts";
import { membersIn } from "../request/json-source.ts";

/** The JSON text of a value, which `exactJson` writes unchanged. */
export class Source {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
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
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${exactJson(inner)}`);
  return `{${members.join(",")}}`;
}
