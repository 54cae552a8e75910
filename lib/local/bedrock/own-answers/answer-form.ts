// The form of one of the user's own answers: the conditions that a request has to meet, and the response.
import * as v from "valibot";
import type { JsonObject } from "../../../wire.ts";
import { modelIdForm } from "../model-id.ts";
import { isJsonObject } from "../validation/validation-error.ts";

const textCondition = v.union(
  [
    v.string(),
    v.strictObject({ pattern: v.pipe(v.string(), v.check(isPattern, "Invalid regular expression")) }),
  ],
  'Give a text that has to occur, or {"pattern": "a regular expression"}',
);

const conditions = v.strictObject({
  modelId: v.optional(v.pipe(v.string(), v.regex(modelIdForm, "Give a model's id or ARN"))),
  /** The text of the last user message. */
  prompt: v.optional(textCondition),
  /** The system texts. */
  system: v.optional(textCondition),
  /** The JSON of the tool results in the last user message. The condition does not hold if there are none. */
  toolResult: v.optional(textCondition),
});

const jsonObject = v.custom<JsonObject>(isJsonObject, "Give a JSON object");

const reasoningContent = v.pipe(
  v.strictObject({
    reasoningText: v.optional(v.strictObject({ text: v.string(), signature: v.optional(v.string()) })),
    redactedContent: v.optional(v.pipe(v.string(), v.base64())),
  }),
  v.check((each) => hasOneMember(each), "Give either reasoningText or redactedContent"),
);

/** A block as Converse returns it. */
const contentBlock = v.pipe(
  v.strictObject({
    text: v.optional(v.string()),
    toolUse: v.optional(
      v.strictObject({ toolUseId: v.optional(v.string()), name: v.string(), input: jsonObject }),
    ),
    reasoningContent: v.optional(reasoningContent),
  }),
  v.check(
    (each) => hasOneMember(each),
    "Give one of text, toolUse and reasoningContent; other blocks can be written as events",
  ),
);

const event = v.pipe(
  v.record(
    v.string(),
    v.union([jsonObject, v.pipe(v.number(), v.minValue(0))], "Give the event's JSON object"),
  ),
  v.check(
    (each) => hasOneMember(each),
    'Give one member, such as {"messageStart": {"role": "assistant"}} or {"pauseMs": 200}',
  ),
  v.check(
    (each) =>
      Object.entries(each).every(([name, value]) => (name === "pauseMs") === (typeof value === "number")),
    "Give a number of milliseconds for pauseMs, and a JSON object for an event",
  ),
);

/** The statuses of Bedrock's error responses. */
export const errorStatuses = {
  AccessDeniedException: 403,
  InternalServerException: 500,
  ModelErrorException: 424,
  ModelNotReadyException: 429,
  ModelTimeoutException: 408,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 400,
  ServiceUnavailableException: 503,
  ThrottlingException: 429,
  ValidationException: 400,
} as const;

const faults = [
  "cut",
  "stall",
  "unfinished",
  "internalServerException",
  "modelStreamErrorException",
  "serviceUnavailableException",
  "throttlingException",
  "validationException",
] as const;

export const answerForm = v.pipe(
  v.strictObject({
    when: v.optional(conditions),
    text: v.optional(v.string()),
    content: v.optional(v.pipe(v.array(contentBlock), v.minLength(1))),
    events: v.optional(v.pipe(v.array(event), v.minLength(1))),
    error: v.optional(v.picklist(Object.keys(errorStatuses) as (keyof typeof errorStatuses)[])),
    fault: v.optional(v.picklist(faults)),
    message: v.optional(v.string()),
    stopReason: v.optional(v.string()),
    usage: v.optional(v.record(v.string(), v.number())),
    delayMs: v.optional(v.pipe(v.number(), v.minValue(0))),
    deltasPerSecond: v.optional(v.pipe(v.number(), v.gtValue(0))),
    times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }),
  v.check(
    ({ text, content, events, error }) =>
      [text, content, events, error].filter((each) => each !== undefined).length === 1,
    "Give one of text, content, events and error",
  ),
  v.check(
    ({ events, error, stopReason, usage }) =>
      (events ?? error) === undefined || (stopReason ?? usage) === undefined,
    "Leave out stopReason and usage, which go only with text or content",
  ),
  v.check(
    ({ error, fault, deltasPerSecond }) => error === undefined || (fault ?? deltasPerSecond) === undefined,
    "Leave out fault and deltasPerSecond, because an error response has no stream",
  ),
  v.check(
    ({ error, fault, message }) =>
      message === undefined || error !== undefined || fault?.endsWith("Exception") === true,
    "Leave out message, which goes only with an error or with an exception as the fault",
  ),
);

/** One of the user's own answers. lib/local/README.md describes each member. */
export type OwnAnswer = v.InferInput<typeof answerForm>;
export type AnswerContent = v.InferInput<typeof contentBlock>;
export type TextCondition = v.InferInput<typeof textCondition>;

function hasOneMember(value: object): boolean {
  return Object.values(value).filter((member) => member !== undefined).length === 1;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}
