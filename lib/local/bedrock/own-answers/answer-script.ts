// Turns one of the user's own answers into a script: ConverseStream's events at the answer's pace, or an error response.
import type { JsonObject } from "../../../wire.ts";
import {
  delta,
  ending,
  errorResponse,
  event,
  exception,
  newToolUseId,
  paced,
  pause,
  tokensOf,
  type ScriptedModel,
  type ScriptedRequest,
  type Step,
} from "../script.ts";
import { unexpectedError } from "../scripted-errors.ts";
import { errorStatuses, type AnswerContent, type OwnAnswer } from "./answer-form.ts";

export function modelOf(answer: OwnAnswer): ScriptedModel {
  return {
    description: "one of your own answers",
    script: (request) => play(answer, withPace(answer, request)),
  };
}

function withPace({ deltasPerSecond }: OwnAnswer, request: ScriptedRequest): ScriptedRequest {
  return deltasPerSecond === undefined
    ? request
    : { ...request, millisecondsPerDelta: 1000 / deltasPerSecond };
}

function* play(answer: OwnAnswer, request: ScriptedRequest): Generator<Step> {
  const { text, content = [{ text: text ?? "" }], events, error, message = unexpectedError } = answer;
  if (answer.delayMs !== undefined) yield pause(answer.delayMs);
  if (error !== undefined) {
    yield { do: "respond", response: errorResponse(errorStatuses[error], error, { message }) };
  } else if (events === undefined) {
    yield* playContent(answer, content, request);
  } else {
    for (const each of events) yield* playEvent(each, request);
    if (answer.fault !== undefined) yield* fail(answer.fault, message);
  }
}

function* playEvent(
  written: NonNullable<OwnAnswer["events"]>[number],
  request: ScriptedRequest,
): Generator<Step> {
  const [[name, payload] = ["", {}]] = Object.entries(written);
  if (typeof payload === "number") return yield pause(payload);
  if (name.endsWith("Exception")) return yield exception(name, payload);
  const steps = [event(name, payload)];
  yield* name === "contentBlockDelta" ? paced(request, steps) : steps;
}

/** A fault comes after the last delta, so that the client has received the complete text when the stream fails. */
function* playContent(
  answer: OwnAnswer,
  content: AnswerContent[],
  request: ScriptedRequest,
): Generator<Step> {
  let outputTokens = 0;
  yield event("messageStart", { role: "assistant" });
  for (const [index, block] of content.entries()) {
    const { start, deltas } = streamed(block);
    outputTokens += deltas.length;
    if (start) yield event("contentBlockStart", { contentBlockIndex: index, start });
    yield* paced(
      request,
      deltas.map((each) => delta(index, each)),
    );
    if (answer.fault !== undefined && index === content.length - 1) {
      return yield* fail(answer.fault, answer.message ?? unexpectedError);
    }
    yield event("contentBlockStop", { contentBlockIndex: index });
  }
  const usual = content.some(({ toolUse }) => toolUse) ? "tool_use" : "end_turn";
  yield* ending(request, answer.stopReason ?? usual, outputTokens, answer.usage);
}

function* fail(fault: NonNullable<OwnAnswer["fault"]>, message: string): Generator<Step> {
  if (fault === "cut") yield { do: "cut" };
  else if (fault === "stall") yield { do: "hang" };
  else if (fault !== "unfinished") yield exception(fault, { message });
}

/** The events of a block. As with real models, an empty text has no delta, and a tool's input begins with an empty fragment. */
function streamed({ text = "", toolUse, reasoningContent }: AnswerContent): {
  start?: JsonObject;
  deltas: JsonObject[];
} {
  if (toolUse) {
    const { toolUseId = newToolUseId(), name, input } = toolUse;
    const fragments = ["", ...(JSON.stringify(input).match(/.{1,8}/gsu) ?? [])];
    return {
      start: { toolUse: { toolUseId, name } },
      deltas: fragments.map((fragment) => ({ toolUse: { input: fragment } })),
    };
  }
  if (!reasoningContent) return { deltas: tokensOf(text).map((token) => ({ text: token })) };
  const { reasoningText, redactedContent } = reasoningContent;
  if (!reasoningText) return { deltas: [{ reasoningContent: { redactedContent: redactedContent ?? "" } }] };
  const { signature } = reasoningText;
  const pieces: JsonObject[] = tokensOf(reasoningText.text).map((piece) => ({ text: piece }));
  if (signature !== undefined) pieces.push({ signature });
  return { deltas: pieces.map((piece) => ({ reasoningContent: piece })) };
}
