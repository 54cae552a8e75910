// Schemas of structured answers and tools: any Standard Schema that has a JSON Schema, or a plain JSON Schema.
import { isObject } from "../../shared/json-object.ts";
import { ConfigurationError } from "../errors.ts";

/**
 * A schema of zod (from 4.2), arktype (from 2.1.28), valibot (through `toStandardJsonSchema` of
 * `@valibot/to-json-schema`), or of any library that implements both Standard interfaces: one validates a value, the other
 * converts the schema to JSON Schema.
 * https://standardschema.dev/schema, https://standardschema.dev/json-schema
 *
 * @example
 * const yesNo: StandardSchema<boolean, string> = {
 *   "~standard": {
 *     version: 1,
 *     vendor: "mine",
 *     validate: (value) => (typeof value === "boolean" ? { value: value ? "yes" : "no" } : { issues: [{ message: "?" }] }),
 *     jsonSchema: { input: () => ({ type: "boolean" }) },
 *   },
 * };
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    /** The library's name. */
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema: {
      readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
    };
  };
}

/** The result of a {@link StandardSchema}'s `validate`: the value, or what is wrong with it. */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** One reason why a value does not fit its schema, as the schema library describes it. */
export interface SchemaIssue {
  /** The library's own message. May quote the value. */
  readonly message: string;
  /** The keys from the outermost value to the one that does not fit. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * A JSON Schema, as an object. It is sent to Bedrock unchanged. The client does not validate with it, because it has no
 * validator for JSON Schema.
 *
 * @example
 * const schema: JsonSchema = {
 *   type: "object",
 *   properties: { title: { type: "string" } },
 *   required: ["title"],
 *   additionalProperties: false,
 * };
 */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly "~standard"?: never;
}

/** The schema of a structured answer, or of a tool's input. */
export type Schema<Input = unknown, Output = Input> = StandardSchema<Input, Output> | JsonSchema;

export function isStandard(schema: unknown): schema is StandardSchema {
  // A schema of arktype is a function.
  return (isObject(schema) || typeof schema === "function") && "~standard" in schema;
}

/**
 * The schema as an object that can be sent. `of` is the schema's description in error messages. Throws
 * {@link ConfigurationError} if the schema cannot be written as JSON Schema.
 */
export function toJsonSchema(schema: unknown, of: string): Record<string, unknown> {
  if (!isStandard(schema)) {
    if (isObject(schema)) return schema;
    throw new ConfigurationError(
      `Cannot use ${of}: it is ${schema === null ? "null" : typeof schema}; pass a Standard Schema or a JSON Schema`,
    );
  }
  const { vendor, jsonSchema } = schema["~standard"] as Partial<StandardSchema["~standard"]>;
  if (!jsonSchema) {
    const help =
      vendor === "valibot"
        ? "pass toStandardJsonSchema(schema) from @valibot/to-json-schema"
        : "use a version that has one, or pass a JSON Schema";
    throw new ConfigurationError(`Cannot use ${of}: ${vendor} gives no JSON Schema for it; ${help}`);
  }
  try {
    const { $schema: _, ...written } = jsonSchema.input({ target: "draft-2020-12" });
    return written;
  } catch (cause) {
    throw new ConfigurationError(
      `Cannot use ${of}: ${vendor} cannot write it as JSON Schema; leave out types that JSON does not have`,
      { cause },
    );
  }
}

/** Validates with a Standard Schema. With a plain JSON Schema, every value counts as valid. */
export async function validate(schema: unknown, value: unknown): Promise<SchemaResult<unknown>> {
  return isStandard(schema) ? schema["~standard"].validate(value) : { value };
}
