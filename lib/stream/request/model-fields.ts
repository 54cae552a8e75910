// Table of the fields in `additionalModelRequestFields` that cost money or override the service's settings.
//
// Bedrock merges these fields into the body that the model gets. Every path applies to every model, because an ARN does
// not always show the model behind it. Fields at any other path are allowed, such as schemas and stop sequences.
// https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
import type { Permission } from "./permissions.ts";

export type Meaning =
  /** Output tokens: a whole number up to the service's limit. */
  | "tokens"
  /** The number of answers, each of which is billed. */
  | "answers"
  /** Content as base64, or its URL. */
  | "content"
  /** Never allowed: the service sets it, or Bedrock's request has a member for it. */
  | "owned"
  | { permission: Permission; unless?: (value: unknown) => boolean };

/** `[]` stands for each element of an array. Names match in any case and with any punctuation, so one spelling is enough. */
export const modelFields: Record<string, Meaning> = {
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-text-completion.html
  // https://platform.claude.com/docs/en/api/messages/create (`output_config.task_budget` is not in this table, because it
  // limits nothing: it is advice for a task of many requests, and each of these still has its own `max_tokens`)
  max_tokens: "tokens",
  max_tokens_to_sample: "tokens",
  "thinking.budget_tokens": "tokens",
  "reasoning_config.budget_tokens": "tokens",
  "tools[].max_tokens": "tokens",
  anthropic_beta: { permission: "anthropic_beta" },
  speed: { permission: "speed" },
  inference_geo: { permission: "inference_geo" },
  service_tier: { permission: "serviceTier" },
  "cache_control.ttl": { permission: "cacheTtl", unless: isShortTtl },
  "tools[].cache_control.ttl": { permission: "cacheTtl", unless: isShortTtl },
  "tools[].type": { permission: "serverTools", unless: isClientTool },
  container: { permission: "serverTools" },
  mcp_servers: { permission: "remoteSources" },
  thread: { permission: "remoteSources" },
  fallbacks: "owned",
  billing_policy: "owned",
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-meta.html
  max_gen_len: "tokens",
  "images[]": "content",
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command.html
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-cohere-command-r-plus.html
  num_generations: "answers",
  message: "owned",
  chat_history: "owned",
  preamble: "owned",
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-jamba.html
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-jurassic2.html
  n: "answers",
  numResults: "answers",
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-text.html
  "textGenerationConfig.maxTokenCount": "tokens",
  inputText: "owned",
  // https://docs.aws.amazon.com/nova/latest/nova2-userguide/request-response-schema.html
  "inferenceConfig.maxTokens": "tokens",
  "inferenceConfig.max_new_tokens": "tokens",
  "inferenceConfig.reasoningConfig.budgetTokens": "tokens",
  "reasoningConfig.budgetTokens": "tokens",
  toolConfig: "owned",
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html, and the models that take the same
  // body: DeepSeek, Mistral, Qwen, Writer and others
  max_completion_tokens: "tokens",
  max_output_tokens: "tokens",
  best_of: "answers",
  input: "owned",
  instructions: "owned",
  // https://docs.aws.amazon.com/sagemaker/latest/dg/large-model-inference-container-docs.html (Bedrock Marketplace)
  max_new_tokens: "tokens",
  "parameters.max_new_tokens": "tokens",
  num_return_sequences: "answers",
  "parameters.num_return_sequences": "answers",
  "parameters.best_of": "answers",
  inputs: "owned",
  // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-pegasus.html
  "mediaSource.s3Location": { permission: "remoteSources" },
  inputPrompt: "owned",
  // Converse's own members, and those that replace a header of InvokeModel:
  // https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tagging.html
  system: "owned",
  messages: "owned",
  prompt: "owned",
  model: "owned",
  modelId: "owned",
  guardrailConfig: "owned",
  "amazon-bedrock-guardrailConfig": "owned",
  "amazon-bedrock-trace": "owned",
  performanceConfig: { permission: "performanceConfig" },
};

/**
 * Five minutes is the default, an hour costs more:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
export function isShortTtl(value: unknown): boolean {
  return value === undefined || value === null || value === "5m";
}

/** Tools that the caller runs: https://platform.claude.com/docs/en/agents-and-tools/tool-use/tool-reference */
function isClientTool(type: unknown): boolean {
  if (type === undefined || type === null) return true;
  return typeof type === "string" && clientTool.test(type);
}

const clientTool =
  /^(custom|function|(bash|text_editor|computer|memory|computer_toolset|browser_toolset)(_\d{8})?)$/;
