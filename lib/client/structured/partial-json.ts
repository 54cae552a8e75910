// Parses a JSON text while it arrives, and gives the value of the part that has arrived.

export interface PartialJson {
  /** Never throws. Once the text is no longer JSON, the rest is ignored and the value stays as it is. */
  add(piece: string): void;
  /**
   * The value so far, or undefined if it has not changed since the last call. It is a new object each time, and is never
   * changed afterwards; parts that are complete are the same objects as before. Strings, objects and arrays grow. Numbers,
   * `true`, `false` and `null` appear when they are complete, and a key appears together with its value.
   *
   * Unless `atEnd` is set, a value with many members also counts as unchanged until enough text has arrived to justify
   * copying it. The time for all copies together is therefore proportional to the length of the text.
   */
  take(atEnd?: boolean): unknown;
}

/** An object or array whose end has not arrived. When its end arrives, it becomes a member of the object or array around it. */
interface Open {
  value: unknown[] | object;
  /** The key whose value comes next. Undefined in arrays, and before a key. */
  key: string | undefined;
  /** The units of work that it takes to copy this object or array. */
  work: number;
}

/**
 * The units of work that may be spent on copying for each new character. Copying an array of 640 items takes 640 units,
 * so such an array is copied at most once every 10 characters.
 */
const workPerCharacter = 64;
/** The units for copying one member of an object, which takes V8 about 16 times as long as one item of an array (1 unit). */
const workPerMember = 16;

const plainCharacters = /[^"\\]*/y;
// Of all characters in an escape, only the hexadecimal digits may be upper case: https://www.rfc-editor.org/rfc/rfc8259#section-7
const escapeSequence = /\\(?:u[\da-fA-F]{4}|["\\/bfnrt])/y;
const cutEscape = /^\\(?:u[\da-fA-F]{0,3})?$/;
const scalarCharacters = /[^\s,:"[\]{}]*/y;

export function createPartialJson(): PartialJson {
  const open: Open[] = [];
  let state: "between" | "string" | "scalar" = "between";
  /** The value is complete, or the text is not JSON from here on. Either way the rest of the text is ignored. */
  let ended = false;
  /** The string or scalar that is being read. */
  let token = "";
  /** The first half of a character that is written as two escapes, such as `\ud83d\ude00`. */
  let half = "";
  /** The beginning of an escape sequence whose rest has not arrived. */
  let cut = "";
  let root: unknown;
  let changed = false;
  let charactersSinceCopy = 0;
  /** The units of work that it takes to copy all open objects and arrays. */
  let work = 0;

  function add(piece: string): void {
    charactersSinceCopy += piece.length;
    const text = cut + piece;
    cut = "";
    for (let at = 0; at < text.length && !ended;) {
      if (state === "string") at = readString(text, at);
      else if (state === "scalar") at = readScalar(text, at);
      else at = readBetween(text, at);
    }
  }

  function readBetween(text: string, at: number): number {
    const character = text.charAt(at);
    if (character === "{" || character === "[") begin(character === "{" ? {} : []);
    else if (character === "}" || character === "]") end();
    else if (character === '"') state = "string";
    else if (character === ",") setKey(undefined);
    else if (!/[\s:]/.test(character)) {
      state = "scalar";
      return at;
    }
    return at + 1;
  }

  function readString(text: string, at: number): number {
    const plain = match(plainCharacters, text, at);
    grow(plain);
    const next = at + plain.length;
    if (text[next] === '"') {
      const complete = token + half;
      token = half = "";
      state = "between";
      if (isKey()) setKey(complete);
      else put(complete);
      return next + 1;
    }
    const escape = match(escapeSequence, text, next);
    if (escape !== "") grow(JSON.parse(`"${escape}"`) as string);
    else {
      cut = text.slice(next);
      if (cut !== "" && !cutEscape.test(cut)) ended = true;
      return text.length;
    }
    return next + escape.length;
  }

  function grow(text: string): void {
    if (text === "") return;
    const isHalf = /^[\ud800-\udbff]$/.test(text);
    token += half + (isHalf ? "" : text);
    half = isHalf ? text : "";
    changed ||= !isKey();
  }

  function readScalar(text: string, at: number): number {
    const characters = match(scalarCharacters, text, at);
    token += characters;
    const next = at + characters.length;
    if (next === text.length) return next;
    try {
      const value: unknown = JSON.parse(token);
      token = "";
      state = "between";
      put(value);
    } catch {
      ended = true;
    }
    return next;
  }

  function begin(value: unknown[] | object): void {
    open.push({ value, key: undefined, work: 1 });
    work += 1;
    changed = true;
  }

  function end(): void {
    const last = open.pop();
    work -= last?.work ?? 0;
    if (last) put(last.value);
    else ended = true;
  }

  function put(value: unknown): void {
    changed = true;
    const parent = open.at(-1);
    if (!parent) {
      root = value;
      ended = true;
      return;
    }
    set(parent, value);
    parent.key = undefined;
    const more = Array.isArray(parent.value) ? 1 : workPerMember;
    parent.work += more;
    work += more;
  }

  function isKey(): boolean {
    const parent = open.at(-1);
    return parent !== undefined && !Array.isArray(parent.value) && parent.key === undefined;
  }

  function setKey(key: string | undefined): void {
    const parent = open.at(-1);
    if (parent) parent.key = key;
  }

  function take(atEnd = false): unknown {
    // A number or a word such as `true` is complete when the next character arrives. If it is the whole text, it is also complete
    // at the end of the text. In an object or array that has no end, it may have been cut, and is left out.
    if (atEnd && state === "scalar" && open.length === 0) add("\n");
    if (!changed || (!atEnd && charactersSinceCopy * workPerCharacter < work)) return undefined;
    changed = false;
    charactersSinceCopy = 0;
    return open.reduceRight<unknown>(
      (inner, { value, key }) => {
        const copy = { value: Array.isArray(value) ? value.slice() : { ...value }, key };
        if (inner !== undefined) set(copy, inner);
        return copy.value;
      },
      state === "string" && !isKey() ? token : root,
    );
  }

  return { add, take };
}

/** Defines the member instead of assigning it, because assigning to the key `__proto__` would set the prototype. */
function set({ value, key }: Pick<Open, "value" | "key">, member: unknown): void {
  if (Array.isArray(value)) value.push(member);
  else if (key !== undefined) {
    Object.defineProperty(value, key, {
      value: member,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}
