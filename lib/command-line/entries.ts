// Joins the lines of a chat into entries. A backslash at the end of a line, or a block in """, continues an entry.
import { UsageError } from "./command-failure.ts";

export interface Entry {
  text: string;
  /** Whether the text was typed as a block. Such a text is never a command, even if it begins with a slash. */
  verbatim: boolean;
}

/** Returned instead of a line if the user discards an entry of several lines with Ctrl-C. */
export const dropped = Symbol("dropped");

/** Resolves with the next line, or with `undefined` at the end of the input. `continues` is true after an entry's first line. */
export type NextLine = (continues: boolean) => Promise<string | typeof dropped | undefined>;

const fence = '"""';

/**
 * Reads one entry, or `undefined` at the end of the input. A block may also be the text of a command, as in `/system """`.
 * Throws `UsageError` if the input ends within a block.
 */
export async function readEntry(next: NextLine): Promise<Entry | typeof dropped | undefined> {
  const first = await next(false);
  if (typeof first !== "string") return first;
  const [, command, opened] = /^\s*((?:\/[a-z]+\s+)?)"""(.*)$/.exec(first) ?? [];
  if (command === undefined || opened === undefined) return readContinued(first, next);
  const text = await readBlock(opened, next);
  return text === dropped ? text : { text: command + text, verbatim: command === "" };
}

async function readContinued(first: string, next: NextLine): Promise<Entry | typeof dropped> {
  const lines = [first];
  // A single backslash at the end continues the entry; two of them are text.
  while (/(?<!\\)\\$/.test(lines.at(-1)!)) {
    lines.push(lines.pop()!.slice(0, -1));
    const line = await next(true);
    if (line === undefined) break;
    if (line === dropped) return line;
    lines.push(line);
  }
  return { text: lines.join("\n"), verbatim: false };
}

async function readBlock(opened: string, next: NextLine): Promise<string | typeof dropped> {
  const lines: string[] = opened.trim() === "" ? [] : [opened];
  while (!lines.at(-1)?.trimEnd().endsWith(fence)) {
    const line = await next(true);
    if (line === undefined) {
      throw new UsageError(`Cannot send the last lines: the input ends within a block; end it with ${fence}`);
    }
    if (line === dropped) return line;
    lines.push(line);
  }
  const last = lines.pop()!.trimEnd().slice(0, -fence.length);
  return [...lines, ...(last === "" ? [] : [last])].join("\n");
}
