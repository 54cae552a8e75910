// A request's body, checked before anything is paid for: JSON text in, what Bedrock is to be sent out.
import type { ConverseRequest } from "../../wire.ts";
import { checkAdditionalFields } from "./additional-fields.ts";
import type { Configuration } from "../settings/configuration.ts";
import { checkContents, checkCounts } from "./content-limits.ts";
import { ConverseError } from "../converse-error.ts";
import { checkAllIsGuarded, guardedSystem } from "./guardrail.ts";
import { countMembers, membersIn } from "./json-source.ts";
import { surveyJson, type JsonSurvey } from "./json-survey.ts";
import { findModel, listNames, type Model } from "../settings/models.ts";
import { notAllowed } from "./permissions.ts";
import { maxTokensOf } from "./token-limits.ts";
import { isObject } from "../../shared/json-object.ts";

export interface CheckedRequest {
  model: Model;
  /** The ConverseStream request as JSON text, less the model's id, which goes into the path. */
  body: string;
}

type Members = Record<string, unknown>;
type Kind = "object" | "array";

/** The members of Bedrock's request and the JSON they must be; what is inside them is Bedrock's to judge. */
const passed: Record<Exclude<keyof ConverseRequest, "modelId" | "prompt">, Kind> = {
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

/** Throws `ConverseError` InvalidRequest or ModelNotAllowed. Never puts a value of the body into a message. */
export function checkRequest(text: string, configuration: Configuration): CheckedRequest {
  const { isChangedByParsing, names } = survey(text, configuration.limits);
  const request = parse(text);
  const { model, own } = check(request, configuration);
  const { modelId: _, prompt: __, ...members } = request;
  if (!isChangedByParsing) return { model, body: JSON.stringify({ ...members, ...own }) };
  // The caller's own text is sent, so it must mean to Bedrock what it meant here.
  if (names !== countMembers(request)) {
    throw invalid("The body has an object with one name twice: nobody can say which of them counts");
  }
  const theirs = [...membersIn(text)].filter(([name]) => name in members && !(name in own));
  const ours = Object.entries(own).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return { model, body: `{${[...theirs.map(([, source]) => source), ...ours].join(",")}}` };
}

interface Checked {
  model: Model;
  /** What the service sends in place of the caller's members, or beside them. */
  own: Members;
}

function check(request: Members, configuration: Configuration): Checked {
  const { modelId, prompt, ...members } = request;
  checkCounts(members, configuration);
  for (const [name, value] of Object.entries(members)) checkMember(name, value, configuration);
  const model = chooseModel(modelId, configuration.models);
  const messages = messagesOf(prompt, members["messages"]);
  checkContents({ ...members, messages }, configuration);
  if (configuration.unguardedContent === "refuse") checkAllIsGuarded({ ...members, messages });
  checkAdditionalFields(members["additionalModelRequestFields"], configuration);
  const config = members["inferenceConfig"] as Members | undefined;
  const { guardrail } = configuration;
  const own: Members = {
    ...(prompt !== undefined && { messages }),
    ...(guardrail && "system" in members && { system: guardedSystem(members["system"]) }),
    inferenceConfig: { ...config, maxTokens: maxTokensOf(config, configuration) },
    ...(guardrail && { guardrailConfig: { ...guardrail, streamProcessingMode: "sync" } }),
  };
  return { model, own };
}

function survey(text: string, limits: Configuration["limits"]): JsonSurvey {
  if (text.trim() === "") throw invalid(`The body is empty: send a JSON object such as {"prompt":"Hello"}`);
  const found = surveyJson(text, limits);
  if (found.exceeded === "depth") throw invalid(`The body nests deeper than ${limits.depth} levels`);
  if (found.exceeded === "values") {
    throw invalid(`The body has more than ${limits.values} JSON values, this service's limit`);
  }
  return found;
}

function parse(text: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8's message quotes the text, which is not ours to repeat.
    const position = /position (\d+)/.exec(String(error))?.[1];
    throw invalid(`The body is not valid JSON${position === undefined ? "" : ` (at position ${position})`}`);
  }
  if (!isObject(value)) throw invalid("The body is not a JSON object");
  return value;
}

function checkMember(name: string, value: unknown, configuration: Configuration): void {
  if (!Object.hasOwn(passed, name)) {
    const known = ["modelId", "prompt", ...Object.keys(passed)].join(", ");
    throw invalid(`The member ${JSON.stringify(name.slice(0, 64))} is not known; known are ${known}`);
  }
  const kind = passed[name as keyof typeof passed];
  const fits = kind === "array" ? Array.isArray(value) : isObject(value);
  if (!fits) throw invalid(`The member "${name}" must be ${kind === "array" ? "an array" : "an object"}`);
  if (name === "guardrailConfig" && configuration.guardrail) {
    throw invalid(`The member "guardrailConfig" is refused: this service applies a guardrail of its own`);
  }
  if ((name === "serviceTier" || name === "performanceConfig") && !configuration.allowed.has(name)) {
    throw notAllowed(`The member "${name}"`, name);
  }
}

function messagesOf(prompt: unknown, messages: unknown): unknown[] {
  if (prompt !== undefined) {
    if (messages !== undefined) throw invalid(`Give either "prompt" or "messages", not both`);
    if (typeof prompt !== "string" || prompt === "")
      throw invalid(`The member "prompt" must be a text that is not empty`);
    return [{ role: "user", content: [{ text: prompt }] }];
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalid(`Give "prompt" or "messages": there is nothing to answer`);
  }
  for (const [index, message] of messages.entries()) {
    const content: unknown = isObject(message) && typeof message["role"] === "string" && message["content"];
    if (!Array.isArray(content) || content.length === 0 || !content.every(isObject)) {
      throw invalid(`messages[${index}] must be an object with a role and a content array that is not empty`);
    }
  }
  return messages;
}

function chooseModel(modelId: unknown, models: Configuration["models"]): Model {
  if (modelId === undefined) return models[0];
  if (typeof modelId !== "string") throw invalid(`The member "modelId" must be a text`);
  const model = findModel(models, modelId);
  if (model) return model;
  const wanted = modelId.slice(0, 200);
  throw new ConverseError(
    "ModelNotAllowed",
    `The model ${JSON.stringify(wanted)} is not served here; served are ${listNames(models, wanted)}`,
  );
}

function invalid(message: string): ConverseError {
  return new ConverseError("InvalidRequest", message);
}
