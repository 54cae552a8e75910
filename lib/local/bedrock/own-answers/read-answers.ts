// Reads a file of the user's own answers.
import { readFile } from "node:fs/promises";
import type { OwnAnswer } from "./answer-form.ts";
import { AnswersError, checkAnswers } from "./check-answers.ts";

/** Rejects with `AnswersError` if the file cannot be read, is not JSON, or contains an invalid answer. */
export async function readAnswers(file: string): Promise<OwnAnswer[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "there is no such file; check the path" : error.message;
    throw new AnswersError(`Cannot read ${file}: ${reason}`);
  });
  return checkAnswers(parse(text.replace(/^\uFEFF/, ""), file), file);
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's message quotes a part of the file, which may have line breaks.
    const { message } = error as SyntaxError;
    throw new AnswersError(`Cannot use ${file}: ${message.replaceAll(/\s+/g, " ")}`);
  }
}
