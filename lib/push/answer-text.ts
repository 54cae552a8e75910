// Reads an answer's text, its end and its error from messages, for subscribers who do not read lines.
import type { Line } from "../wire.ts";

/** The content of one message, for subscribers who do not read lines. */
export interface AnswerPart {
  requestId: string;
  run: string;
  seq: number;
  /** Empty if the message contains no text. */
  text: string;
  /** Set in the last message of a complete answer. */
  stopReason?: string;
  /** Set in the last message of an answer that failed. */
  errorName?: string;
  errorMessage?: string;
}

interface Message {
  requestId: string;
  run: string;
  seq: number;
  lines?: Line[];
  piece?: string;
  more?: boolean;
}

export class AnswerText {
  /** The pieces of a long line that have arrived, and the length of the text that was already returned from them. */
  #line = "";
  #taken = 0;

  /** Must be called once with each message, in order. */
  read(json: string): AnswerPart {
    const { requestId, run, seq, lines, piece = "", more } = JSON.parse(json) as Message;
    const header = { requestId, run, seq };
    if (lines) return { ...header, ...partOf(lines) };
    this.#line += piece;
    const part = more ? { text: begunText(this.#line) } : partOf([JSON.parse(this.#line) as Line]);
    const text = part.text.slice(this.#taken);
    this.#taken = more ? part.text.length : 0;
    if (!more) this.#line = "";
    return { ...header, ...part, text };
  }
}

function partOf(lines: Line[]): Omit<AnswerPart, "requestId" | "run" | "seq"> {
  const text = lines.map(textOf).join("");
  const last = lines.at(-1);
  if (last?.type === "end") return { text, stopReason: last.stopReason };
  if (last?.type !== "error") return { text };
  return { text, errorName: last.error.name, errorMessage: last.error.message };
}

function textOf(line: Line): string {
  return line.type === "contentBlockDelta" ? ((line.delta as { text?: string }).text ?? "") : "";
}

/** Matches a delta's text up to its last complete character. Does not match inside a string, where quotes have backslashes. */
const beginning = /^\{"type":"contentBlockDelta",.*?"delta":\{"text":"((?:[^"\\]+|\\u[0-9a-f]{4}|\\[^u])*)/is;

/** Returns the text that the beginning of a line contains, so that subscribers need not wait for the whole line. */
function begunText(line: string): string {
  const [, escaped] = beginning.exec(line) ?? [];
  if (escaped === undefined) return "";
  const text = JSON.parse(`"${escaped}"`) as string;
  // The second half of a surrogate pair may be in the next piece.
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
