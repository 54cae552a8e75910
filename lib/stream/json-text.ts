// Walks through the tokens of a JSON text without parsing it, because the parsed value can take a hundred times as much memory.
// https://www.rfc-editor.org/rfc/rfc8259

/** A function for each kind of token. `end` is the position after the token. Returning true stops the walk. */
export interface JsonVisitor {
  /** Called at the start of an object or array, which is a value as well. */
  open?(): boolean | void;
  close?(): boolean | void;
  /** Called for a member's name. The positions include the quotes. */
  key?(start: number, end: number): boolean | void;
  number?(start: number, end: number): boolean | void;
  /** Called for a string, `true`, `false` or `null`. */
  other?(): boolean | void;
}

const quote = 0x22;
const colon = 0x3a;
const backslash = 0x5c;

/**
 * Accepts any text. In invalid JSON it reports everything that looks like a token, up to a string without a closing quote. It
 * never throws, and always ends.
 */
export function walkJson(text: string, visitor: JsonVisitor): void {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    let stops: boolean | void = false;
    if (code === quote) {
      const end = endOfString(text, at);
      if (end === text.length) return;
      stops = isKey(text, end) ? visitor.key?.(at, end) : visitor.other?.();
      at = end - 1;
    } else if (code === 0x5b || code === 0x7b) stops = visitor.open?.();
    else if (code === 0x5d || code === 0x7d) stops = visitor.close?.();
    else if (isDigit(code) || code === 0x2d) {
      const end = endOfWord(text, at);
      stops = visitor.number?.(at, end);
      at = end - 1;
    } else if (isLetter(code)) {
      stops = visitor.other?.();
      at = endOfWord(text, at) - 1;
    }
    if (stops === true) return;
  }
}

/** Resolves the escapes of a quoted name. A name that is not valid JSON is returned as it is. */
export function unescaped(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    // The caller parses the whole text afterwards, which fails and reports the error.
    return quoted;
  }
}

/** The position after the closing quote, or the text's length if there is no closing quote. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
  return text.length;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (isWhiteSpace(text.charCodeAt(at))) at++;
  return text.charCodeAt(at) === colon;
}

/** The end of a number or literal: digits, letters, signs and points. */
function endOfWord(text: string, start: number): number {
  let at = start + 1;
  for (let code = text.charCodeAt(at); isDigit(code) || isLetter(code) || isSign(code);) {
    code = text.charCodeAt(++at);
  }
  return at;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}

/** `+`, `-` and `.` */
function isSign(code: number): boolean {
  return code === 0x2b || code === 0x2d || code === 0x2e;
}

function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
