// Rewrites a JSON Schema so that Bedrock accepts it and enforces it while the model writes.
// https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
import { isObject } from "../../shared/json-object.ts";

/** Bedrock rejects a schema that uses one of these keywords. */
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

/** The constraints that limit a number. */
const limits = new Set(["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"]);

/** The value of these keywords maps names to schemas. The schema's author chose the names, so a name may look like a keyword. */
const namedSchemas = new Set(["properties", "$defs", "definitions"]);
/** The values of these keywords are schemas or lists of schemas. */
const schemas = new Set(["items", "anyOf", "oneOf", "allOf", "prefixItems", "additionalProperties"]);

/**
 * Use this function only if the schema's library validates the answer too, because the rewritten schema lacks some of the
 * constraints of the original. Those that Bedrock cannot enforce move into the description, where the model reads them. `oneOf`
 * becomes `anyOf`. Objects without `additionalProperties` get the value false, which Bedrock requires. The schemas in an `allOf`
 * do not get it, because each of them describes only a part of the object.
 */
export function enforceable(schema: unknown, closes = true): unknown {
  if (Array.isArray(schema)) return schema.map((each) => enforceable(each, closes));
  if (!isObject(schema)) return schema;
  const rewritten: Record<string, unknown> = {};
  const moved: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    // zod's `int()` adds the largest and smallest safe integers of JavaScript as limits, which do not help the model.
    if (limits.has(keyword) && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER) continue;
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
