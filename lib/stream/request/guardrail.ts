// Makes the service's guardrail evaluate the system prompt too, and rejects content that no guardrail evaluates.
//
// A guardrail evaluates all texts and images in messages, but only `guardContent` in `system`. It ignores tools with
// their inputs and results: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html
// It also ignores reasoning: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails.html
import type { ConverseError } from "../converse-error.ts";
import { isObject, type Members } from "../../shared/json-object.ts";
import { invalidRequest } from "./invalid-request.ts";

/** Wraps each text in `guardContent`. Everything else, such as a cache point, stays as it is. */
export function guardedSystem(system: unknown): unknown {
  return Array.isArray(system) ? system.map(guarded) : system;
}

function guarded(block: unknown): unknown {
  if (!isObject(block) || !Object.hasOwn(block, "text")) return block;
  const { text, ...others } = block;
  return { ...others, guardContent: { text: { text } } };
}

/**
 * Throws `ConverseError` InvalidRequest for content that, according to AWS, a guardrail does not evaluate. `messages` and
 * the `content` of each message must be arrays of objects.
 */
export function checkAllIsGuarded(request: Members & { messages: unknown[] }): void {
  const { messages, system, additionalModelRequestFields: fields } = request;
  for (const [index, message] of (messages as Members[]).entries()) {
    const role = message["role"];
    if (role !== "user" && role !== "assistant") throw unguarded(`messages[${index}].role`);
    for (const block of message["content"] as Members[]) checkBlock(block, inMessages, `messages[${index}]`);
  }
  if (Array.isArray(system)) {
    for (const block of system) if (isObject(block)) checkBlock(block, inSystem, "system");
  }
  for (const name of ["toolConfig", "outputConfig"]) {
    if (request[name] !== undefined) throw unguarded(name);
  }
  if (!isParameters(fields)) throw unguarded("a text in additionalModelRequestFields");
}

const inMessages: ReadonlySet<string> = new Set(["text", "image", "cachePoint"]);
const inSystem: ReadonlySet<string> = new Set(["text", "cachePoint"]);

function checkBlock(block: Members, evaluated: ReadonlySet<string>, path: string): void {
  const other = Object.keys(block).find((name) => !evaluated.has(name));
  if (other !== undefined) throw unguarded(`${path}: ${JSON.stringify(other.slice(0, 64))}`);
}

/** Whether the value has only numbers, booleans and single words such as `enabled`, which cannot carry content for a model. */
function isParameters(value: unknown): boolean {
  if (typeof value === "string") return /^[\w-]{0,32}$/.test(value);
  if (Array.isArray(value)) return value.every((element) => !isObject(element) && isParameters(element));
  if (!isObject(value)) return true;
  return Object.entries(value).every(([name, member]) => isParameters(name) && isParameters(member));
}

function unguarded(part: string): ConverseError {
  return invalidRequest(
    `this service's guardrail does not evaluate ${part}; send only content that the guardrail evaluates`,
  );
}
