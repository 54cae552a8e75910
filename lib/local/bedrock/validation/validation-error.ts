// Errors in the content of a request, with Bedrock's messages, and checks that several members of a request need.
//
// AWS does not document the messages. They are quoted from bug reports, such as
// https://github.com/continuedev/continue/issues/9767 and https://github.com/aws/aws-sdk-net/issues/3377. Where we found
// no report, the wording is our own.
import type { JsonObject } from "../../../wire.ts";

/** An error in a request. Bedrock's response has the status 400 and a `ValidationException` with this message. */
export class ValidationError extends Error {
  override name = "ValidationError" as const;
}

/** The error for a wrong JSON type. `path` looks like `messages.0.content.1.toolUse.input`. */
export function wrongFormat(path: string, expected: string): ValidationError {
  return new ValidationError(
    `The format of the value at ${path} is invalid. Provide ${expected} for the field and try again.`,
  );
}

/** The error for a violated constraint of the API's model. */
export function brokenConstraint(path: string, constraint: string): ValidationError {
  return new ValidationError(
    `1 validation error detected: Value at '${memberPath(path)}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

/** The error for an empty text or list where the API's model demands at least one element. */
export function emptyValue(path: string): ValidationError {
  return brokenConstraint(path, "have length greater than or equal to 1");
}

/** Bedrock rejects a text that is only white space: https://github.com/langchain-ai/langchainjs/pull/8618. */
export function checkText(text: unknown, path: string, shape = "ContentBlock"): void {
  if (typeof text !== "string") throw wrongFormat(`${path}.text`, "a string");
  if (text.trim() !== "") return;
  throw new ValidationError(
    `The text field in the ${shape} object at ${path} is blank. Add text to the text field, and try again.`,
  );
}

export function requireString(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw !isPresent(value) ? brokenConstraint(path, "not be null") : wrongFormat(path, "a string");
}

export function requireObject(value: unknown, path: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw wrongFormat(path, "a json object");
}

export function requireList(value: unknown, path: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw !isPresent(value) ? brokenConstraint(path, "not be null") : wrongFormat(path, "a list");
}

/** Returns the only member of a union. Unknown members and those that are null are ignored. */
export function requireUnion<Key extends string>(
  value: unknown,
  { path, shape, keys }: { path: string; shape: string; keys: readonly Key[] },
): [key: Key, content: unknown] {
  const object = requireObject(value, path);
  const [key, other] = keys.filter((each) => (object[each] ?? undefined) !== undefined);
  if (key !== undefined && other === undefined) return [key, object[key]];
  const problem = key === undefined ? "must set one" : "must set only one";
  throw new ValidationError(
    `The ${shape} object at ${path} ${problem} of the following keys: ${keys.join(", ")}.`,
  );
}

/** AWS treats a member that is `null` like one that is absent. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Converts `messages.0.content` to the notation of the API's model, `messages.1.member.content`. */
function memberPath(path: string): string {
  return path.replaceAll(/\.(\d+)/g, (_, index: string) => `.${Number(index) + 1}.member`);
}
