// Recognizes plain JSON objects, whose bytes can be copied into a line without a change. Nearly all events are plain.
// https://www.rfc-editor.org/rfc/rfc8259

const quote: u32 = 0x22;
const comma: u32 = 0x2c;
const minus: u32 = 0x2d;
const point: u32 = 0x2e;
const colon: u32 = 0x3a;
const openBracket: u32 = 0x5b;
const backslash: u32 = 0x5c;
const closeBracket: u32 = 0x5d;
const openBrace: u32 = 0x7b;
const closeBrace: u32 = 0x7d;

/** Deeper values are rare. */
const mostLevels: u32 = 8;

/** Not 0 if a string had a byte beyond ASCII since the last call of `resetText`. */
export let hasBeyondAscii: u32 = 0;
let escapeCount: u32 = 0;

export function resetText(): void {
  hasBeyondAscii = 0;
}

/**
 * True only for a valid object with at least one member and without white space between its tokens. None of its own members' names
 * ends in `type`, because a line has a member with that name already, or has an escape, which could hide that name.
 */
export function isPlainObject(start: usize, end: usize): bool {
  return start < end && load<u8>(start) == openBrace && membersEnd(start + 1, end, 0) == end;
}

/** Returns the address after the closing brace, given the address after the opening one. Returns 0 if the object is not plain. */
function membersEnd(start: usize, end: usize, level: u32): usize {
  let at = start;
  do {
    if (at >= end || load<u8>(at) != quote) return 0;
    const before = escapeCount;
    at = stringEnd(at + 1, end);
    if (at == 0 || load<u8>(at) != colon) return 0;
    if (level == 0 && (escapeCount != before || endsInType(at))) return 0;
    at = valueEnd(at + 1, end, level + 1);
    if (at == 0 || at >= end) return 0;
  } while (load<u8>(at++) == comma);
  return load<u8>(at - 1) == closeBrace ? at : 0;
}

/** Whether the name whose closing quote is before `at` ends in `type`. */
function endsInType(at: usize): bool {
  return load<u32>(at - 5) == 0x65707974;
}

/** Returns 0 if the value is invalid, too deep, or contains white space between its tokens. */
function valueEnd(at: usize, end: usize, level: u32): usize {
  if (at >= end) return 0;
  const first: u32 = load<u8>(at);
  if (first == quote) return stringEnd(at + 1, end);
  if (first == openBrace || first == openBracket) {
    if (level == mostLevels || at + 1 >= end) return 0;
    const second: u32 = load<u8>(at + 1);
    if (second == first + 2) return at + 2;
    return first == openBrace ? membersEnd(at + 1, end, level) : itemsEnd(at + 1, end, level);
  }
  if (load<u32>(at) == 0x65757274 || load<u32>(at) == 0x6c6c756e) return at + 4;
  if (load<u32>(at) == 0x736c6166 && load<u8>(at + 4) == 0x65) return at + 5;
  return numberEnd(at, end);
}

/** Returns the address after the closing bracket of a list that is not empty. */
function itemsEnd(start: usize, end: usize, level: u32): usize {
  let at = start;
  do {
    at = valueEnd(at, end, level + 1);
    if (at == 0 || at >= end) return 0;
  } while (load<u8>(at++) == comma);
  return load<u8>(at - 1) == closeBracket ? at : 0;
}

function numberEnd(start: usize, end: usize): usize {
  let at = start;
  if (load<u8>(at) == minus) at++;
  const digits = digitsEnd(at, end);
  if (digits == at || (load<u8>(at) == 0x30 && digits > at + 1)) return 0;
  at = digits;
  if (load<u8>(at) == point) {
    const decimals = digitsEnd(at + 1, end);
    if (decimals == at + 1) return 0;
    at = decimals;
  }
  if ((load<u8>(at) | 0x20) == 0x65) {
    at++;
    if (load<u8>(at) == 0x2b || load<u8>(at) == minus) at++;
    const exponent = digitsEnd(at, end);
    if (exponent == at) return 0;
    at = exponent;
  }
  return at;
}

function digitsEnd(start: usize, end: usize): usize {
  let at = start;
  while (at < end && <u32>load<u8>(at) - 0x30 < 10) at++;
  return at;
}

/** Returns the address after the closing quote, given the address after the opening one. Returns 0 if the string is invalid. */
function stringEnd(start: usize, end: usize): usize {
  let at = start;
  while (at < end) {
    const block = v128.load(at);
    const quotes = i8x16.eq(block, i8x16.splat(<i8>quote));
    const backslashes = i8x16.eq(block, i8x16.splat(<i8>backslash));
    const controls = i8x16.lt_u(block, i8x16.splat(0x20));
    const special = i8x16.bitmask(v128.or(v128.or(quotes, backslashes), controls));
    const beyondAscii = i8x16.bitmask(block);
    if (special == 0) {
      hasBeyondAscii |= beyondAscii;
      at += 16;
      continue;
    }
    const index = ctz(special);
    hasBeyondAscii |= beyondAscii & ((1 << index) - 1);
    at += index;
    if (at >= end) return 0;
    const byte: u32 = load<u8>(at);
    if (byte == quote) return at + 1;
    if (byte != backslash) return 0;
    escapeCount++;
    at = escapeEnd(at + 1);
    if (at == 0) return 0;
  }
  return 0;
}

/** `at` is the address after the backslash. */
function escapeEnd(at: usize): usize {
  const byte: u32 = load<u8>(at);
  if (byte == 0x75) {
    for (let digit: usize = 1; digit <= 4; digit++) if (!isHexadecimal(load<u8>(at + digit))) return 0;
    return at + 5;
  }
  const isShort =
    byte == quote ||
    byte == backslash ||
    byte == 0x2f ||
    byte == 0x62 ||
    byte == 0x66 ||
    byte == 0x6e ||
    byte == 0x72 ||
    byte == 0x74;
  return isShort ? at + 1 : 0;
}

function isHexadecimal(byte: u32): bool {
  return byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 6;
}
