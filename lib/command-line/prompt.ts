// The prompt: from the command line, from standard input, or from both.
import { isUtf8 } from "node:buffer";
import type { ContentBlock } from "../client/index.ts";
import { UsageError } from "./command-failure.ts";
import { maxRequestBytes } from "./build-request.ts";

/** Whoever starts a process often leaves its standard input open, and would wait here without a word. */
const hintAfterMs = 2000;

/** Standard input comes after what stands on the command line, as a block of its own. Throws `UsageError`. */
export async function readPrompt(words: string[]): Promise<ContentBlock[]> {
  const texts = [words.join(" "), process.stdin.isTTY ? "" : await readStandardInput()];
  const blocks = texts.filter((text) => text.trim() !== "").map((text) => ({ text }));
  if (blocks.length > 0) return blocks;
  throw new UsageError(
    'There is no prompt: give one, as in deltapipe ask "Why is the sky blue?", or on standard input',
  );
}

/** Windows' editors and PowerShell begin a text with U+FEFF: https://www.unicode.org/faq/utf_bom.html#bom1 */
export function withoutByteOrderMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}

async function readStandardInput(): Promise<string> {
  const timer = setTimeout(() => {
    process.stderr.write("Waiting for the end of standard input; if nothing is to come, add < /dev/null\n");
  }, hintAfterMs);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxRequestBytes) throw new UsageError("Standard input is more than the 6 MB of a request");
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new UsageError(`Cannot read standard input: ${code}`);
  } finally {
    clearTimeout(timer);
  }
  const bytes = Buffer.concat(chunks);
  if (isUtf8(bytes)) return withoutByteOrderMark(bytes.toString());
  throw new UsageError(
    "Standard input is not UTF-8 text: files of other kinds are sent with --image or --document",
  );
}
