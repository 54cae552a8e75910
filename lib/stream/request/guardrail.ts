// The service's own guardrail: what it is made to look at, and what no guardrail of Bedrock's looks at.
//
// Of messages it evaluates all texts and images, of `system` only what stands in `guardContent`, and neither tools nor
// their inputs and results: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html
// Nor reasoning: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails.html
import { ConverseError } from "../converse-error.ts";
import { isObject } from "../../shared/json-object.ts";

type Members = Record<string, unknown>;

/** Each text in `guardContent`; cache points, and what is no system block, stay as and where they are. */
export function guardedSystem(system: unknown): unknown {
  return Array.isArray(system) ? system.map(guarded) : system;
}

function guarded(block: unknown): unknown {
  if (!isObject(block) || !Object.hasOwn(block, "text")) return block;
  const { text, ...others } = block;
  return { ...others, guardContent: { text: { text } } };
}

/**
 * Refuses what AWS does not say that a guardrail evaluates, with `ConverseError` InvalidRequest. `messages` and their
 * contents have been found to be arrays of objects.
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
  if (!isParameters(fields)) throw unguarded("A text in additionalModelRequestFields");
}

const inMessages: ReadonlySet<string> = new Set(["text", "image", "cachePoint"]);
const inSystem: ReadonlySet<string> = new Set(["text", "cachePoint"]);

function checkBlock(block: Members, evaluated: ReadonlySet<string>, where: string): void {
  const other = Object.keys(block).find((name) => !evaluated.has(name));
  if (other !== undefined) throw unguarded(`${where}: ${JSON.stringify(other.slice(0, 64))}`);
}

/** Numbers, switches and single words such as `enabled`: nothing that a model reads as content. */
function isParameters(value: unknown): boolean {
  if (typeof value === "string") return /^[\w-]{0,32}$/.test(value);
  if (Array.isArray(value)) return value.every((element) => !isObject(element) && isParameters(element));
  if (!isObject(value)) return true;
  return Object.entries(value).every(([name, member]) => isParameters(name) && isParameters(member));
}

function unguarded(what: string): ConverseError {
  return new ConverseError(
    "InvalidRequest",
    `${what} is refused: this service takes only what its guardrail looks at`,
  );
}
