// Reads parts of a JSON text without parsing them, because JavaScript's parser would change them.
//
// 9007199254740993 would become 9007199254740992, 1e999 would become null, and names such as "7" would move to the front:
// https://tc39.es/ecma262/#sec-ordinaryownpropertykeys
import { unescaped, walkJson } from "../json-text.ts";

/**
 * Maps the name of each member to its source text, `"name": value`. `text` must be a valid JSON object without
 * duplicate names.
 */
export function membersIn(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let depth = 0;
  let name = "";
  let start = -1;
  function take(end: number): void {
    if (start !== -1) members.set(name, text.slice(start, end).trimEnd());
  }
  walkJson(text, {
    open: () => void depth++,
    close: () => void depth--,
    key(keyStart, keyEnd) {
      if (depth !== 1) return;
      // The member before this one ends at the comma, and only white space follows the comma.
      take(text.lastIndexOf(",", keyStart));
      name = unescaped(text.slice(keyStart, keyEnd));
      start = keyStart;
    },
  });
  take(text.lastIndexOf("}"));
  return members;
}

export interface CutText {
  /** The source of each value that was cut out, by the member's name. */
  cut: Map<string, string>;
  /** The rest of the text, unchanged. An error in its JSON is still there, unless the error was in a value that was cut out. */
  rest: string;
}

/**
 * Cuts the named members out of the outermost object. Accepts any text, and parses none of it. Cuts nothing out if there is more
 * than white space between a comma and the next member, because the text is then not valid JSON.
 */
export function cutMembers(text: string, names: ReadonlySet<string>): CutText {
  const cut = new Map<string, string>();
  const kept: string[] = [];
  let depth = 0;
  let last: { name: string; start: number; valueStart: number } | undefined;
  let firstStart = -1;
  let isValid = true;
  function take(end: number): void {
    if (!last) return;
    if (!names.has(last.name)) return void kept.push(text.slice(last.start, end));
    cut.set(last.name, text.slice(last.valueStart, end).replace(/^\s*:/, "").trim());
  }
  walkJson(text, {
    open: () => void depth++,
    close: () => void depth--,
    key(start, end) {
      if (depth !== 1) return false;
      const comma = text.lastIndexOf(",", start);
      isValid = !last || text.slice(comma + 1, start).trim() === "";
      if (!isValid) return true;
      take(comma);
      if (firstStart === -1) firstStart = start;
      last = { name: unescaped(text.slice(start, end)), start, valueStart: end };
      return false;
    },
  });
  const end = text.lastIndexOf("}");
  take(end);
  if (!isValid || cut.size === 0) return { cut: new Map(), rest: text };
  return { cut, rest: `${text.slice(0, firstStart)}${kept.join(",")}${text.slice(end)}` };
}

/** Counts the members of all objects in a value. A name that an object's text contains twice counts once. */
export function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const values: unknown[] = Object.values(value);
  let count = Array.isArray(value) ? 0 : values.length;
  for (const inner of values) count += countMembers(inner);
  return count;
}

/** Whether a number would be written differently after parsing, because it is too large, too precise, or spelled like 1.0. */
export function isChanged(source: string): boolean {
  return String(Number(source)) !== source;
}

/** Returns the number if a quoted name is an array index, which JavaScript would move to the front. Resolves escapes first. */
export function indexIn(text: string, start: number, end: number): number | undefined {
  const first = text.charCodeAt(start + 1);
  if ((first < 0x30 || first > 0x39) && first !== 0x5c) return undefined;
  const name = unescaped(text.slice(start, end));
  return /^(0|[1-9]\d{0,9})$/.test(name) ? Number(name) : undefined;
}
