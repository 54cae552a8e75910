// Recognises JSON objects among the values that `JSON.parse` returns.

/** The members of a JSON object, by name. */
export type Members = Record<string, unknown>;

/** Arrays and null are not objects in JSON. */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined if the text is not JSON, or JSON of another kind. */
export function parseObject(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
