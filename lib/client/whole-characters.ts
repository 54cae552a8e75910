// Joins UTF-16 halves that arrive in two deltas.

export interface WholeCharacters {
  /** The text that can be printed now: a high surrogate at its end waits for the block's next piece. */
  add(block: unknown, piece: string): string;
  /** What waits for this block, which gets no more pieces. */
  end(block: unknown): string;
  /** What waits for any block. */
  endAll(): string;
}

/**
 * A model's token may end in the middle of a character, which JSON writes as two escapes: `"\ud83d"` and `"\ude00"`.
 * Written one by one as UTF-8, each half becomes U+FFFD.
 */
export function createWholeCharacters(): WholeCharacters {
  const halves = new Map<unknown, string>();

  function add(block: unknown, piece: string): string {
    if (piece === "") return "";
    const text = end(block) + piece;
    const last = text.charCodeAt(text.length - 1);
    if (last < 0xd800 || last > 0xdbff) return text;
    halves.set(block, text.slice(-1));
    return text.slice(0, -1);
  }

  function end(block: unknown): string {
    const half = halves.get(block) ?? "";
    if (half !== "") halves.delete(block);
    return half;
  }

  function endAll(): string {
    const rest = [...halves.values()].join("");
    halves.clear();
    return rest;
  }

  return { add, end, endAll };
}
