// Translates a request of Converse to one of the chat completions API.
// https://platform.openai.com/docs/api-reference/chat/create
import { isPresent, ValidationError } from "../bedrock/index.ts";
import { chatMessages } from "./chat-messages.ts";
import { chatTools } from "./chat-tools.ts";
import { untranslatable } from "./untranslatable.ts";
import type { ConverseSettings, JsonObject, Message, OutputConfig } from "../../wire.ts";

/** Returns the body to send. `model` is the server's own id. Throws `ValidationError` for a member that has no counterpart. */
export function chatRequest(model: string, body: JsonObject): JsonObject {
  if (isPresent(body["promptVariables"])) throw untranslatable("promptVariables");
  // `body` has already passed the checks that Bedrock makes. Members may also be null.
  const request = body as unknown as ConverseSettings & { messages: Message[] };
  const { inferenceConfig, outputConfig, toolConfig } = request;
  const own = {
    model,
    messages: chatMessages(request),
    stream: true,
    // Without this option, most servers do not count the tokens of a stream.
    stream_options: { include_usage: true },
    max_tokens: inferenceConfig?.maxTokens,
    temperature: inferenceConfig?.temperature,
    top_p: inferenceConfig?.topP,
    stop: inferenceConfig?.stopSequences,
    ...(toolConfig && chatTools(toolConfig)),
    response_format: responseFormat(outputConfig),
    reasoning_effort: outputConfig?.effort,
  };
  const sent = Object.fromEntries(Object.entries(own).filter(([, value]) => isPresent(value)));
  const additional = request.additionalModelRequestFields ?? {};
  for (const name of Object.keys(additional)) {
    if (!(name in sent) && name !== "n") continue;
    const reason =
      name === "n" ? "only one answer can be streamed" : "the local Bedrock sets this field itself";
    throw new ValidationError(
      `The additional field ${name} cannot be sent to the model server: ${reason}. Remove it and try again.`,
    );
  }
  return { ...sent, ...additional } as JsonObject;
}

/** The checks that Bedrock makes have ensured that the schema is JSON. */
function responseFormat(outputConfig: OutputConfig | null | undefined): JsonObject | undefined {
  const format = outputConfig?.textFormat;
  if (!format) return undefined;
  const { schema, name, description } = format.structure.jsonSchema;
  return {
    type: "json_schema",
    json_schema: {
      name: name ?? "answer",
      ...(isPresent(description) && { description: description! }),
      schema: JSON.parse(schema) as JsonObject,
      strict: true,
    },
  };
}
