// Rewrites a JSON Schema with the keywords that Bedrock can enforce while the model writes.
// https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
import { isObject } from "../../shared/json-object.ts";

/** Bedrock rejects a schema with one of these. */
const constraints = new Set([
  "exclusiveMaximum",
  "exclusiveMinimum",
  "maximum",
  "maxItems",
  "maxLength",
  "maxProperties",
  "minimum",
  "minLength",
  "minProperties",
  "multipleOf",
  "pattern",
  "propertyNames",
  "uniqueItems",
]);

/** Their members are schemas, whose names may look like keywords. */
const namedSchemas = new Set(["properties", "$defs", "definitions"]);
const schemas = new Set(["items", "anyOf", "oneOf", "allOf", "prefixItems", "additionalProperties"]);

/**
 * Only for schemas whose library validates the answer too, because the rewritten schema accepts more. Constraints that Bedrock
 * cannot enforce go into the description, where the model reads them. `oneOf` becomes `anyOf`. Objects are closed, which
 * Bedrock requires, except inside `allOf`, where each schema describes a part of the same object.
 */
export function enforceable(schema: unknown, closes = true): unknown {
  if (Array.isArray(schema)) return schema.map((each) => enforceable(each, closes));
  if (!isObject(schema)) return schema;
  const rewritten: Record<string, unknown> = {};
  const moved: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    // zod's `int()` sets the limits of JavaScript's integers, which would tell the model nothing.
    if (Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER) continue;
    if (constraints.has(keyword) || (keyword === "minItems" && Number(value) > 1)) moved[keyword] = value;
    else if (namedSchemas.has(keyword) && isObject(value)) {
      const entries = Object.entries(value).map(([name, each]) => [name, enforceable(each)]);
      rewritten[keyword] = Object.fromEntries(entries);
    } else if (schemas.has(keyword)) {
      rewritten[keyword === "oneOf" ? "anyOf" : keyword] = enforceable(value, keyword !== "allOf");
    } else rewritten[keyword] = value;
  }
  if (closes && schema["type"] === "object") rewritten["additionalProperties"] ??= false;
  if (Object.keys(moved).length > 0) {
    const found = typeof schema["description"] === "string" ? `${schema["description"]} ` : "";
    rewritten["description"] = found + JSON.stringify(moved);
  }
  return rewritten;
}
