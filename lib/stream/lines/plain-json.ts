// Recognizes the JSON of nearly every event: a small object on one line, a few levels deep.
//
// `JSON.parse` takes five times as long per event, and its result would only be thrown away.
// https://www.rfc-editor.org/rfc/rfc8259

const characters = String.raw`[^"\\\x00-\x1f]*`;
const string = String.raw`"${characters}(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})${characters})*"`;
const number = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const scalar = `${string}|${number}|true|false|null`;
/** The nesting depth of a reasoning or tool input delta. */
const levels = 2;
const member = String.raw`"(?!(?:bedrock:)*type")[^"\\\x00-\x1f]+":(?:${valueOf(levels)})`;
const pattern = new RegExp(String.raw`^\{${member}(?:,${member})*\}$`);
/** Larger events are rare, and the pattern's backtracking would need as much memory as the event itself. */
const maxLength = 4096;

/**
 * True only if the text is a valid JSON object with at least one member, none called `type` or `bedrock:type`, and
 * without white space between tokens. If it returns false, the text may still be such an object: arrays, deeper objects
 * and keys with escapes need `JSON.parse`.
 */
export function isPlainObject(text: string): boolean {
  return text.length <= maxLength && pattern.test(text);
}

function valueOf(depth: number): string {
  if (depth === 0) return scalar;
  const inner = `${string}:(?:${valueOf(depth - 1)})`;
  return String.raw`${scalar}|\{(?:${inner}(?:,${inner})*)?\}`;
}
