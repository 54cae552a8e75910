// Chooses which of the user's own answers a request gets: the first one that is not used up and whose conditions hold.
import type { ScriptedModel } from "../script.ts";
import { textOf } from "../read-conversation.ts";
import { lastSegment } from "../model-id.ts";
import type { JsonObject } from "../../../wire.ts";
import type { OwnAnswer, TextCondition } from "./answer-form.ts";
import { modelOf } from "./answer-script.ts";
import { checkAnswers } from "./check-answers.ts";

interface Asked {
  modelId: string;
  body: JsonObject;
  prompt: string;
}

/** Returns undefined if no answer fits. */
export type ChooseAnswer = (request: Asked) => ScriptedModel | undefined;

/** Throws `AnswersError`. */
export function createChooseAnswer(answers: readonly OwnAnswer[] = []): ChooseAnswer {
  const candidates = checkAnswers(answers).map((answer) => ({
    model: modelOf(answer),
    conditions: answer.when ?? {},
    left: answer.times ?? Infinity,
  }));
  return (request) => {
    const chosen = candidates.find(({ left, conditions }) => left > 0 && holds(conditions, request));
    if (chosen) chosen.left--;
    return chosen?.model;
  };
}

function holds(conditions: NonNullable<OwnAnswer["when"]>, { modelId, body, prompt }: Asked): boolean {
  const { modelId: wanted = modelId } = conditions;
  return (
    [modelId, lastSegment(modelId)].includes(wanted) &&
    occurs(conditions.prompt, prompt) &&
    occurs(conditions.system, textOf(body["system"])) &&
    occurs(conditions.toolResult, toolResultsOf(body))
  );
}

/** A condition that is not set always holds. A condition on a text that the request lacks never holds. */
function occurs(condition: TextCondition | undefined, text: string | undefined): boolean {
  if (condition === undefined) return true;
  if (text === undefined) return false;
  return typeof condition === "string"
    ? text.includes(condition)
    : new RegExp(condition.pattern, "u").test(text);
}

function toolResultsOf(body: JsonObject): string | undefined {
  const messages = body["messages"] as { role: string; content: JsonObject[] }[];
  const results = messages
    .findLast(({ role }) => role === "user")
    ?.content.flatMap(({ toolResult }) => toolResult ?? []);
  return results?.length ? JSON.stringify(results) : undefined;
}
