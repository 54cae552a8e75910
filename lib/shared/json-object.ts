// Recognizes JSON objects among the values that `JSON.parse` returns.

/** The members of a JSON object, by name. */
export type Members = Record<string, unknown>;

/** Arrays and null are not objects in JSON. */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined if the text is not JSON, or if its value is not an object. */
export function parseObject(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
