// The body of `POST /`: the members of Bedrock's ConverseStream request, and the shorthands `prompt` and `storyType`.
import type { JsonObject, OneOf } from "./json.ts";
import type { CachePointBlock, GuardContentBlock, Message } from "./content-blocks.ts";

/**
 * The body of `POST /`: the members of Bedrock's ConverseStream request, with `messages` or one of the shorthands
 * `prompt` and `storyType`. `modelId` is optional. Any other member is rejected with `InvalidRequest`.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 */
export type ConverseRequest = ConverseSettings & OneOf<Conversation>;

interface Conversation {
  /** Shorthand for one user message with this text. */
  prompt: string;
  /** Shorthand for the prompt "Tell me a very short story about: …" with this subject, such as `CATS`. */
  storyType: string;
  /** Content has to be in the request itself: `s3Location` and URLs are rejected unless the service allows them. */
  messages: Message[];
}

/** The members of {@link ConverseRequest} other than the conversation. */
export interface ConverseSettings {
  /** A name or a model id from the service's list. Default: the first in the list. */
  modelId?: string | undefined;
  system?: SystemContentBlock[] | undefined;
  /** A `maxTokens` above the service's limit is rejected. If it is absent, the service's default is sent. */
  inferenceConfig?: InferenceConfiguration | undefined;
  toolConfig?: ToolConfiguration | undefined;
  /**
   * Fields that only some models have. Token limits among them must not exceed the service's `maxTokens`. Fields that do
   * the same as another member of the request are rejected, and so are those that choose the price, unless the service allows
   * them.
   */
  additionalModelRequestFields?: JsonObject | undefined;
  /** JSON pointers to the fields to return in `messageStop`. */
  additionalModelResponseFieldPaths?: string[] | undefined;
  outputConfig?: OutputConfig | undefined;
  requestMetadata?: { [name: string]: string } | undefined;
  /** Rejected unless the service allows it, and always if the service applies its own guardrail. */
  guardrailConfig?: GuardrailConfiguration | undefined;
  /** Rejected unless the service allows it, because it chooses the price. */
  serviceTier?: ServiceTier | undefined;
  /** Rejected unless the service allows it, because it chooses the price. */
  performanceConfig?: PerformanceConfiguration | undefined;
  /**
   * Identifies the answer: 16 to 128 visible ASCII characters without spaces, usually a UUID, and a new one for each
   * question. The same request with the same key reads the answer that the first one has started, and the model is not
   * called again. A service that keeps no answers (`answerRetentionMinutes`) rejects it.
   * https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
   */
  idempotencyKey?: string | undefined;
  /**
   * The number of complete lines that the caller already has: the answer begins with the line after them. Only with
   * `idempotencyKey`. Default: 0.
   */
  fromLine?: number | undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_SystemContentBlock.html */
export type SystemContentBlock = OneOf<{
  text: string;
  guardContent: GuardContentBlock;
  cachePoint: CachePointBlock;
}>;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html */
export interface InferenceConfiguration {
  maxTokens?: number | undefined;
  temperature?: number | undefined;
  topP?: number | undefined;
  stopSequences?: string[] | undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html */
export interface ToolConfiguration {
  tools: Tool[];
  /** Default: `auto`. */
  toolChoice?: ToolChoice | undefined;
}

/** `systemTool` is rejected unless the service allows it, because it is billed per use. */
export type Tool = OneOf<{
  toolSpec: ToolSpecification;
  systemTool: { name: string };
  cachePoint: CachePointBlock;
}>;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html */
export interface ToolSpecification {
  name: string;
  description?: string | undefined;
  /** `json` is a JSON Schema. */
  inputSchema: { json: JsonObject };
  /** Whether the model has to follow the schema exactly. */
  strict?: boolean | undefined;
}

/** Whether the model may, or has to, use a tool. */
export type ToolChoice = OneOf<{
  auto: Record<string, never>;
  any: Record<string, never>;
  tool: { name: string };
}>;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_OutputConfig.html */
export interface OutputConfig {
  textFormat?: OutputFormat | undefined;
  /** How much a model thinks, such as `low` or `high`. The values depend on the model. */
  effort?: string | undefined;
}

/** Makes the model answer in JSON that fits a schema. `schema` is a JSON Schema, written as JSON text. */
export interface OutputFormat {
  type: "json_schema";
  structure: {
    jsonSchema: { schema: string; name?: string | undefined; description?: string | undefined };
  };
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailStreamConfiguration.html */
export interface GuardrailConfiguration {
  guardrailIdentifier?: string | undefined;
  guardrailVersion?: string | undefined;
  trace?: "disabled" | "enabled" | "enabled_full" | undefined;
  streamProcessingMode?: "async" | "sync" | undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/service-tiers-inference.html */
export interface ServiceTier {
  type: "default" | "flex" | "priority" | "reserved";
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/latency-optimized-inference.html */
export interface PerformanceConfiguration {
  latency?: "optimized" | "standard" | undefined;
}
