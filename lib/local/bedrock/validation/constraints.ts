// Checks values that the API's model limits to a pattern, a list of values, or a range of numbers.
import { brokenConstraint, requireString } from "./validation-error.ts";

const toolUseIdPattern = "[a-zA-Z0-9_.:-]+";
/** The form of a tool request's id. Bedrock accepts only such ids when the caller sends them back. */
export const toolUseIdForm = new RegExp(`^(?=.{1,64}$)${toolUseIdPattern}$`);

/** Checks a tool's name, which has 1 to 64 characters in the API's model. */
export function checkName(value: unknown, path: string): void {
  checkPattern(value, path, "[a-zA-Z0-9_-]+");
}

/**
 * Checks the id of a tool request. It may have some characters that a tool's name must not have: Kimi's ids look like
 * `functions.find_boat:0`. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html
 */
export function checkToolUseId(value: unknown, path: string): void {
  checkPattern(value, path, toolUseIdPattern);
}

/** Checks that a value is a text with at most `maxLength` characters that matches the pattern. Throws `ValidationError`. */
export function checkPattern(value: unknown, path: string, pattern: string, maxLength = 64): void {
  const text = requireString(value, path);
  if (text.length > maxLength) throw brokenConstraint(path, `have length less than or equal to ${maxLength}`);
  if (!new RegExp(`^(?:${pattern})$`).test(text)) {
    throw brokenConstraint(path, `satisfy regular expression pattern: ${pattern}`);
  }
}

/** Throws `ValidationError`. */
export function checkEnum(value: unknown, path: string, values: readonly string[]): void {
  if (values.includes(requireString(value, path))) return;
  throw brokenConstraint(path, `satisfy enum value set: [${values.join(", ")}]`);
}

/** Checks a number. Accepts any value that is not a number. Throws `ValidationError`. */
export function checkRange(value: unknown, path: string, least: number, most: number): void {
  if (typeof value !== "number") return;
  // Written so that NaN is rejected too.
  if (!(value >= least)) throw brokenConstraint(path, `have value greater than or equal to ${least}`);
  if (value > most) throw brokenConstraint(path, `have value less than or equal to ${most}`);
}
