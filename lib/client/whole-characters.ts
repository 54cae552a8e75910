// Joins surrogate pairs that Bedrock splits between two deltas.

export interface WholeCharacters {
  /** Returns the text that can be printed now. A high surrogate at its end waits for the block's next piece. */
  add(block: unknown, piece: string): string;
  /** Ends this block and returns the surrogate that is still waiting in it, or "". */
  end(block: unknown): string;
  /** Ends all blocks and returns the surrogates that are still waiting in them, or "". */
  endAll(): string;
}

/**
 * A model's token can end in the middle of a character. The JSON then contains two escapes, `"\ud83d"` and `"\ude00"`, in two
 * deltas. Each half becomes U+FFFD if it is encoded as UTF-8 on its own.
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
