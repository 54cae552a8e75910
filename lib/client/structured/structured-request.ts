// Puts a schema and tools into a request in the form that Bedrock defines.
import type { ConverseRequest, OutputConfig } from "../../wire.ts";
import { ConfigurationError } from "../errors.ts";
import { enforceable } from "./enforceable-schema.ts";
import { isStandard, type Schema, toJsonSchema } from "./schema.ts";
import { type Structure, toToolConfig } from "./tools.ts";

/** Throws {@link ConfigurationError} if a schema cannot be sent, or if the request defines a schema or tools twice. */
export function toServiceRequest(request: ConverseRequest, { schema, tools }: Structure): ConverseRequest {
  return {
    ...request,
    ...(tools && { toolConfig: toToolConfig(tools, request.toolConfig) }),
    ...(schema && { outputConfig: toOutputConfig(schema, request.outputConfig) }),
  };
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_OutputFormat.html */
function toOutputConfig(schema: Schema, given: OutputConfig | undefined): OutputConfig {
  if (given?.textFormat !== undefined) {
    throw new ConfigurationError(
      "Cannot send this request: it has both schema and outputConfig.textFormat; remove one of them",
    );
  }
  const written = toJsonSchema(schema, "the request's schema");
  const json = JSON.stringify(isStandard(schema) ? enforceable(written) : written);
  return { ...given, textFormat: { type: "json_schema", structure: { jsonSchema: { schema: json } } } };
}
