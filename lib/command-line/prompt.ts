// Reads the prompt from the command line, from standard input, or from both.
import { isUtf8 } from "node:buffer";
import type { ContentBlock } from "../client/index.ts";
import { UsageError } from "./command-failure.ts";
import { maxLambdaRequestBytes } from "../shared/receive-body.ts";

/** A program that starts this one may leave standard input open. After this time, a hint says what the command waits for. */
const hintAfterMs = 2000;

/**
 * The words of the command line make the first block, and standard input the second one. Throws `UsageError` if both are
 * empty.
 */
export async function readPrompt(words: string[]): Promise<ContentBlock[]> {
  const texts = [words.join(" "), process.stdin.isTTY ? "" : await readStandardInput()];
  const blocks = texts.filter((text) => text.trim() !== "").map((text) => ({ text }));
  if (blocks.length > 0) return blocks;
  throw new UsageError(
    'Cannot ask: there is no prompt; add one, as in deltapipe ask "Why is the sky blue?", or use standard input',
  );
}

/** PowerShell and editors on Windows begin a text with U+FEFF: https://www.unicode.org/faq/utf_bom.html#bom1 */
export function withoutByteOrderMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}

async function readStandardInput(): Promise<string> {
  const timer = setTimeout(() => {
    process.stderr.write("Waiting for the end of standard input; add < /dev/null if it should be empty\n");
  }, hintAfterMs);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > maxLambdaRequestBytes)
        throw new UsageError(
          "Cannot ask: standard input is larger than 6 MB, the limit of a request; send less",
        );
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined
      ? error
      : new UsageError(`Cannot read standard input: ${code}; redirect it from a file`);
  } finally {
    clearTimeout(timer);
  }
  const bytes = Buffer.concat(chunks);
  if (isUtf8(bytes)) return withoutByteOrderMark(bytes.toString());
  throw new UsageError(
    "Cannot ask: standard input is not UTF-8 text; send other files with --image or --document",
  );
}
