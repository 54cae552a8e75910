// The types of a request's schema and tools, and the conversion of tools to Bedrock's form.
import type { ConverseRequest, JsonObject, Tool, ToolConfiguration } from "../../wire.ts";
import { ConfigurationError } from "../errors.ts";
import { enforceable } from "./enforceable-schema.ts";
import { isStandard, type Schema, toJsonSchema } from "./schema.ts";

/**
 * A tool that the model may call. Your program runs it; this library never does.
 *
 * @example
 * const tools: ToolDefinitions = {
 *   get_weather: {
 *     description: "The weather in a city",
 *     inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
 *   },
 * };
 */
export interface ToolDefinition<Input = any, Output = any> {
  /** Tells the model when to call the tool. */
  description?: string | undefined;
  /** The schema of an object. With a Standard Schema, the inputs of calls have the schema's type and are validated. */
  inputSchema: Schema<Input, Output>;
  /**
   * `true` makes Bedrock enforce the schema while the model writes. Not all models support that. Default: `false`.
   * https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
   */
  strict?: boolean | undefined;
}

/** Tools by name. A name consists of up to 64 letters, digits, `_` and `-`. */
export type ToolDefinitions = Record<string, ToolDefinition>;

/** The members of a request that only the client knows. The client translates them to Bedrock's members before it sends them. */
export interface Structure {
  schema?: Schema | undefined;
  tools?: ToolDefinitions | undefined;
}

/**
 * A request with tools. It may have a `toolConfig` as well, for `toolChoice` and for entries of its `tools` other than
 * `toolSpec`, such as `cachePoint`.
 */
export type ToolRequest<Definitions> = WithoutToolConfig<ConverseRequest> & {
  tools: Definitions;
  toolConfig?: Partial<ToolConfiguration> | undefined;
};

/** Applies `Omit` to each member of the union separately. `Omit` alone would merge the members into one type. */
type WithoutToolConfig<Request> = Request extends unknown ? Omit<Request, "toolConfig"> : never;

/** Throws {@link ConfigurationError} if `given` defines tools as well. */
export function toToolConfig(
  tools: ToolDefinitions,
  given: Partial<ToolConfiguration> = {},
): ToolConfiguration {
  const others = given.tools ?? [];
  if (others.some(({ toolSpec }) => toolSpec)) {
    throw new ConfigurationError(
      "Cannot send this request: both tools and toolConfig.tools define tools; move them all into tools",
    );
  }
  const specifications = Object.entries(tools).map(([name, { description, inputSchema, strict }]): Tool => {
    const written = toJsonSchema(inputSchema, `the inputSchema of the tool ${name}`);
    const json = strict && isStandard(inputSchema) ? enforceable(written) : written;
    return { toolSpec: { name, description, inputSchema: { json: json as JsonObject }, strict } };
  });
  return { ...given, tools: [...specifications, ...others] };
}
