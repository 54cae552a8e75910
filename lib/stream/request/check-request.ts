// Checks a request's body before it costs anything, and makes the body that goes to Bedrock.
import type { ConverseRequest } from "../../wire.ts";
import { ConverseError } from "../converse-error.ts";
import type { Configuration } from "../settings/configuration.ts";
import { findModel, listNames, type Model } from "../settings/models.ts";
import { checkAdditionalFields } from "./additional-fields.ts";
import { checkContents, checkCounts } from "./content-limits.ts";
import { messagesOf, shorthandNames, type Shorthand } from "./conversation.ts";
import { checkAllIsGuarded, guardedSystem } from "./guardrail.ts";
import { invalidRequest } from "./invalid-request.ts";
import { countMembers, membersIn } from "./json-source.ts";
import { surveyJson, type JsonSurvey } from "./json-survey.ts";
import { notAllowed, permissions } from "./permissions.ts";
import { maxTokensOf } from "./token-limits.ts";
import { isObject, type Members } from "../../shared/json-object.ts";

export interface CheckedRequest {
  model: Model;
  /** The ConverseStream request as JSON text, without the model id, which is in the URL's path. */
  body: string;
}

type Kind = "object" | "array";

/** Members that the answer store cuts out of the body before the check. Without the store, they are rejected as unknown. */
type OfAnswerStore = "idempotencyKey" | "fromLine";

/** The members of Bedrock's request and their JSON types. Bedrock validates their contents. */
const passed: Record<Exclude<keyof ConverseRequest, "modelId" | Shorthand | OfAnswerStore>, Kind> = {
  messages: "array",
  system: "array",
  inferenceConfig: "object",
  toolConfig: "object",
  additionalModelRequestFields: "object",
  additionalModelResponseFieldPaths: "array",
  outputConfig: "object",
  requestMetadata: "object",
  guardrailConfig: "object",
  serviceTier: "object",
  performanceConfig: "object",
};

/**
 * Throws `ConverseError` InvalidRequest or ModelNotAllowed. Apart from `modelId`, no message quotes a value of the
 * body. On Bedrock's own paths, `modelId` is in the path, and the body must not have `modelId` or a shorthand.
 */
export function checkRequest(
  text: string,
  configuration: Configuration,
  pathModelId?: string,
): CheckedRequest {
  const { isChangedByParsing, names } = survey(text, configuration.limits);
  const request = parse(text);
  const { model, own } = check(request, configuration, pathModelId);
  const { modelId: _, prompt: __, storyType: ___, ...members } = request;
  if (!isChangedByParsing) return { model, body: JSON.stringify({ ...members, ...own }) };
  // Parts of the caller's own text are sent, and Bedrock must read them as we did. Parsers differ on duplicate names.
  if (names !== countMembers(request)) {
    throw invalidRequest("the body has an object in which a name occurs twice; send each name once");
  }
  const theirs = [...membersIn(text)].filter(([name]) => name in members && !(name in own));
  const ours = Object.entries(own).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return { model, body: `{${[...theirs.map(([, source]) => source), ...ours].join(",")}}` };
}

interface Checked {
  model: Model;
  /** Members that the service sends in addition to the caller's or in place of them. */
  own: Members;
}

function check(request: Members, configuration: Configuration, pathModelId?: string): Checked {
  const { modelId = pathModelId, prompt, storyType, ...members } = request;
  const isBedrockPath = pathModelId !== undefined;
  if (isBedrockPath && ["modelId", ...shorthandNames].some((name) => name in request)) {
    throw invalidRequest(
      `on Bedrock's own paths, the body must not have "prompt", "storyType" or "modelId" (the path has the model's id); leave these members out`,
    );
  }
  checkCounts(members, configuration);
  const added = isBedrockPath ? [] : addedMembers(configuration);
  for (const [name, value] of Object.entries(members)) checkMember(name, value, configuration, added);
  const model = chooseModel(modelId, configuration.models);
  const messages = messagesOf({ prompt, storyType }, members["messages"]);
  checkContents({ ...members, messages }, configuration);
  if (configuration.unguardedContent === "refuse") checkAllIsGuarded({ ...members, messages });
  checkAdditionalFields(members["additionalModelRequestFields"], configuration);
  const config = members["inferenceConfig"] as Members | undefined;
  const { guardrail } = configuration;
  const own: Members = {
    ...(messages !== members["messages"] && { messages }),
    ...(guardrail && "system" in members && { system: guardedSystem(members["system"]) }),
    inferenceConfig: { ...config, maxTokens: maxTokensOf(config, configuration) },
    ...(guardrail && { guardrailConfig: { ...guardrail, streamProcessingMode: "sync" } }),
  };
  return { model, own };
}

function survey(text: string, limits: Configuration["limits"]): JsonSurvey {
  if (text.trim() === "")
    throw invalidRequest(`the body is empty; send a JSON object such as {"prompt":"Hello"}`);
  const found = surveyJson(text, limits);
  if (found.exceeded === "depth") throw invalidRequest(`the body nests deeper than ${limits.depth} levels`);
  if (found.exceeded === "values") {
    throw invalidRequest(`the body has more than ${limits.values} JSON values, this service's limit`);
  }
  return found;
}

function parse(text: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8's message quotes the body, so only the position is taken from it.
    const position = /position (\d+)/.exec(String(error))?.[1];
    throw invalidRequest(
      `the body is not valid JSON${position === undefined ? "" : ` (at position ${position})`}`,
    );
  }
  if (!isObject(value)) throw invalidRequest("the body is not a JSON object");
  return value;
}

/** `added` are the names that the path accepts besides those of Bedrock. */
function checkMember(
  name: string,
  value: unknown,
  configuration: Configuration,
  added: readonly string[],
): void {
  if (!Object.hasOwn(passed, name)) {
    const known = [...added, ...Object.keys(passed)].join(", ");
    throw invalidRequest(
      `the member ${JSON.stringify(name.slice(0, 64))} is unknown; the known members are ${known}`,
    );
  }
  const kind = passed[name as keyof typeof passed];
  const fits = kind === "array" ? Array.isArray(value) : isObject(value);
  if (!fits) throw invalidRequest(`"${name}" must be ${kind === "array" ? "an array" : "an object"}`);
  if (name === "guardrailConfig" && configuration.guardrail) {
    throw invalidRequest(`this service applies its own guardrail; leave "guardrailConfig" out`);
  }
  const permission = permissions.find((each) => each === name);
  if (permission && !configuration.allowed.has(permission)) throw notAllowed(`"${name}"`, permission);
}

/** The members that this service accepts in addition to Bedrock's. */
function addedMembers({ answerRetention }: Configuration): (keyof ConverseRequest)[] {
  const ofAnswerStore: OfAnswerStore[] = answerRetention === undefined ? [] : ["idempotencyKey", "fromLine"];
  return ["modelId", ...shorthandNames, ...ofAnswerStore];
}

function chooseModel(modelId: unknown, models: Configuration["models"]): Model {
  if (modelId === undefined) return models[0];
  if (typeof modelId !== "string") throw invalidRequest(`"modelId" must be a string`);
  const model = findModel(models, modelId);
  if (model) return model;
  const wanted = modelId.slice(0, 200);
  throw new ConverseError(
    "ModelNotAllowed",
    `Cannot use the model ${JSON.stringify(wanted)}: it is not in this service's list; choose ${listNames(models, wanted)}`,
  );
}
