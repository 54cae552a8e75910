// Makes a JSON value that fits a JSON Schema, for requests that ask a scripted model for JSON.
import type { Json, JsonObject } from "../../wire.ts";

/** The depth at which a recursive schema is cut off. Other schemas are not this deep. */
const maxDepth = 30;

/** The schema of the request's `outputConfig.textFormat`. Undefined if the request does not ask for JSON. */
export function outputSchemaOf(body: JsonObject): JsonObject | undefined {
  const config = body["outputConfig"] as
    { textFormat?: { structure: { jsonSchema: { schema: string } } } | null } | null | undefined;
  const text = config?.textFormat?.structure.jsonSchema.schema;
  return text === undefined ? undefined : (JSON.parse(text) as JsonObject);
}

/**
 * Returns a value of the schema's type with all members. Each string is the given text, each list has two items, and for
 * each choice the first option is taken.
 */
export function exampleOf(schema: JsonObject, text: string): Json {
  function example(each: unknown, depth: number): Json {
    const part = resolve(each);
    if (!part || depth > maxDepth) return null;
    if ("const" in part) return part["const"] as Json;
    for (const choice of ["enum", "anyOf", "oneOf", "allOf"]) {
      const [first] = Array.isArray(part[choice]) ? part[choice] : [];
      if (first !== undefined) return choice === "enum" ? (first as Json) : example(first, depth + 1);
    }
    return ofType(part, depth);
  }

  function ofType(part: JsonObject, depth: number): Json {
    const type = Array.isArray(part["type"]) ? part["type"][0] : part["type"];
    if (type === "string") return part["format"] === "date-time" ? "2026-01-02T03:04:05Z" : text;
    if (type === "integer" || type === "number") return 3;
    if (type === "boolean") return true;
    if (type === "array") return [example(part["items"], depth + 1), example(part["items"], depth + 1)];
    if (type !== "object") return null;
    const members = Object.entries((part["properties"] ?? {}) as JsonObject);
    return Object.fromEntries(members.map(([name, member]) => [name, example(member, depth + 1)]));
  }

  /** Follows a reference within the schema, such as `#/$defs/Person`. */
  function resolve(each: unknown): JsonObject | undefined {
    const reference = (each as JsonObject | undefined)?.["$ref"];
    if (typeof reference !== "string") return each as JsonObject | undefined;
    const keys = reference.split("/").slice(1);
    return keys.reduce<JsonObject | undefined>(
      (found, key) => found?.[key] as JsonObject | undefined,
      schema,
    );
  }

  return example(schema, 0);
}
