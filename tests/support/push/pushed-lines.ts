// Puts the lines of an answer together again from its messages, as a caller has to.
import type { Line } from "../../../lib/wire.ts";

export interface PushedMessage {
  requestId: string;
  run: string;
  seq: number;
  id?: string | number;
  action?: string;
  status?: number;
  retryAfter?: number;
  lines?: { type: string; [more: string]: unknown }[];
  piece?: string;
  more?: boolean;
}

/** The lines of the messages, byte for byte. Pieces are joined. Whole lines are cut out of a message's text without parsing. */
export function linesOf(texts: readonly string[]): string[] {
  const lines: string[] = [];
  let begun = "";
  for (const text of texts) {
    const { piece, more } = JSON.parse(text) as PushedMessage;
    if (piece === undefined) {
      const start = text.indexOf(marker) + marker.length;
      lines.push(...elementsOf(text.slice(start, -"]}".length)));
      continue;
    }
    begun += piece;
    if (more) continue;
    lines.push(begun);
    begun = "";
  }
  return begun === "" ? lines : [...lines, `incomplete: ${begun}`];
}

export interface PushedAnswer {
  /** The parsed messages, in order of arrival. */
  messages: PushedMessage[];
  /** The size of each message in bytes. */
  sizes: number[];
  /** The text of each line, put together again from the messages. */
  texts: string[];
  lines: Line[];
}

/** Reads messages up to the one with the answer's last line, which is never split into pieces. */
export async function readAnswer(nextText: () => Promise<string>): Promise<PushedAnswer> {
  const all: string[] = [];
  for (let last; last !== "end" && last !== "error";) {
    const text = await nextText();
    all.push(text);
    last = (JSON.parse(text) as PushedMessage).lines?.at(-1)?.type;
  }
  const texts = linesOf(all);
  return {
    messages: all.map((text) => JSON.parse(text) as PushedMessage),
    sizes: all.map((text) => Buffer.byteLength(text)),
    texts,
    lines: texts.map((line) => JSON.parse(line) as Line),
  };
}

const marker = `,"lines":[`;

/** Cuts `{…},{…}` at the commas between the objects. */
function elementsOf(text: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let isInString = false;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInString && character === "\\") at++;
    else if (character === '"') isInString = !isInString;
    else if (isInString) continue;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === "," && depth === 0) {
      elements.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...elements, text.slice(start)];
}
