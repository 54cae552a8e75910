// Checks the user's own answers, with error messages that say which answer and which member is wrong.
import * as v from "valibot";
import { answerForm, type OwnAnswer } from "./answer-form.ts";

/** Thrown if the user's own answers cannot be used. The message says which answer is wrong, and why. */
export class AnswersError extends Error {
  override name = "AnswersError" as const;
}

/** Throws `AnswersError` with a message like `Cannot use answers.json: answer 3, when.prompt: …`. */
export function checkAnswers(value: unknown, source = "the answers"): OwnAnswer[] {
  const { success, output, issues } = v.safeParse(v.array(answerForm, "Give a list of answers"), value);
  if (success) return output;
  const [issue] = issues;
  const [first, ...rest] = issue.path?.map(({ key }) => key) ?? [];
  const place = rest.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  const where = first === undefined ? "" : `answer ${Number(first) + 1}${place.replace(/^\./, ", ")}: `;
  // Valibot's message for an unknown member is unclear: it says only that the type `never` was expected.
  const found = issue.expected === "never" ? "There is no such member" : issue.message;
  throw new AnswersError(`Cannot use ${source}: ${where}${found}`);
}
