// Joins a long text that arrives in many short pieces.

export interface TextPieces {
  /** Ignores a piece that is not a string. */
  add(piece: unknown): void;
  /** Undefined if no piece has arrived. */
  text(): string | undefined;
}

/**
 * Joins the pieces a thousand at a time. With `+=`, V8 would keep a tree with one node for each piece, which takes many
 * times as much memory as the text.
 */
export function createTextPieces(): TextPieces {
  let recent: string[] = [];
  const joined: string[] = [];

  function add(piece: unknown): void {
    if (typeof piece !== "string") return;
    recent.push(piece);
    if (recent.length < 1000) return;
    joined.push(recent.join(""));
    recent = [];
  }

  function text(): string | undefined {
    const all = [...joined, ...recent];
    return all.length === 0 ? undefined : all.join("");
  }

  return { add, text };
}
