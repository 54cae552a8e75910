// Recognises the JSON objects that models send all day: small, on one line, a few levels deep.
//
// `JSON.parse` costs five times as much per event, and its result would only be thrown away.
// https://www.rfc-editor.org/rfc/rfc8259

const characters = String.raw`[^"\\\x00-\x1f]*`;
const string = String.raw`"${characters}(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})${characters})*"`;
const number = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const scalar = `${string}|${number}|true|false|null`;
/** As deep as a delta of reasoning or of a tool's input goes. */
const levels = 2;
const member = String.raw`"(?!(?:bedrock:)*type")[^"\\\x00-\x1f]+":(?:${valueOf(levels)})`;
const pattern = new RegExp(String.raw`^\{${member}(?:,${member})*\}$`);
/** Larger ones are rare, and for them the pattern's backtracking would need as much memory again. */
const maxLength = 4096;

/**
 * True only of valid JSON that is an object with members, none of them called `type` or `bedrock:type`, without white
 * space between the tokens. False says nothing: arrays, deeper objects and keys with escapes are left to `JSON.parse`.
 */
export function isPlainObject(text: string): boolean {
  return text.length <= maxLength && pattern.test(text);
}

function valueOf(depth: number): string {
  if (depth === 0) return scalar;
  const inner = `${string}:(?:${valueOf(depth - 1)})`;
  return String.raw`${scalar}|\{(?:${inner}(?:,${inner})*)?\}`;
}
