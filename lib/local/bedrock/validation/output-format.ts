// Checks the JSON Schema that an answer, or the input of a strict tool, has to follow.
// https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
import {
  isJsonObject,
  isPresent,
  requireObject,
  requireString,
  ValidationError,
} from "./validation-error.ts";
import type { JsonObject } from "../../../wire.ts";

const unsupported = [
  "exclusiveMaximum",
  "exclusiveMinimum",
  "maximum",
  "maxItems",
  "maxLength",
  "minimum",
  "minLength",
  "multipleOf",
  "pattern",
  "uniqueItems",
];

/** Throws `ValidationError`. */
export function checkOutputConfig(outputConfig: unknown): void {
  if (!isPresent(outputConfig)) return;
  const format = requireObject(outputConfig, "outputConfig")["textFormat"];
  if (!isPresent(format)) return;
  const { type, structure } = requireObject(format, "outputConfig.textFormat");
  if (type !== "json_schema") {
    throw new ValidationError("The value at outputConfig.textFormat.type must be one of: json_schema.");
  }
  const path = "outputConfig.textFormat.structure";
  const { jsonSchema } = requireObject(structure, path);
  const { schema } = requireObject(jsonSchema, `${path}.jsonSchema`);
  const text = requireString(schema, `${path}.jsonSchema.schema`);
  checkEnforceable(parse(text, `${path}.jsonSchema.schema`), "output_config.format.schema");
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ValidationError(`The value at ${path} is not valid JSON.`);
  }
}

/**
 * The errors are worded like those of Claude on Bedrock: https://github.com/gaiin-platform/amplify-genai-backend/issues/383
 * Throws `ValidationError`.
 */
export function checkEnforceable(schema: unknown, name: string): void {
  for (const each of objectsIn(schema)) {
    const type = String(each["type"]);
    const keywords = unsupported.filter((keyword) => keyword in each);
    if (Number(each["minItems"]) > 1) keywords.push("minItems");
    if (keywords.length > 0) {
      throw rejected(`${name}: For '${type}' type, properties ${keywords.join(", ")} are not supported`);
    }
    if (type === "object" && each["additionalProperties"] !== false) {
      throw rejected(`${name}: For 'object' type, 'additionalProperties' must be explicitly set to false`);
    }
  }
}

function rejected(error: string): ValidationError {
  return new ValidationError(`The model returned the following errors: ${error}`);
}

/** All schemas within a schema. `properties` and `$defs` are not schemas. Their members are schemas, and may have any names. */
function* objectsIn(schema: unknown): Generator<JsonObject> {
  if (Array.isArray(schema)) for (const each of schema) yield* objectsIn(each);
  if (!isJsonObject(schema)) return;
  yield schema;
  for (const [keyword, value] of Object.entries(schema)) {
    const named = ["properties", "$defs", "definitions"].includes(keyword) && isJsonObject(value);
    if (named) for (const each of Object.values(value)) yield* objectsIn(each);
    else if (["items", "anyOf", "allOf", "additionalProperties"].includes(keyword)) yield* objectsIn(value);
  }
}
