// Joins a long text that arrives in many short pieces.

export interface TextPieces {
  add(piece: string): void;
  text(): string;
}

/**
 * Joins the pieces a thousand at a time. With `+=`, V8 would keep a tree with one node for each piece, which takes many
 * times as much memory as the text.
 */
export function createTextPieces(): TextPieces {
  let recent: string[] = [];
  const joined: string[] = [];

  function add(piece: string): void {
    recent.push(piece);
    if (recent.length < 1000) return;
    joined.push(recent.join(""));
    recent = [];
  }

  return { add, text: () => joined.join("") + recent.join("") };
}
