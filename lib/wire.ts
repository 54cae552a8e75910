// The wire format: types of the request and of the lines of the response, for service and client.
//
// Bedrock's types have the JSON form that AWS documents (bytes are base64 strings), not the SDK's form:
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [member: string]: Json };

/** A JSON object whose members Bedrock defines and this library passes through. */
export type JsonObject = { [member: string]: Json };

/**
 * The body of `POST /`: the members of Bedrock's ConverseStream request, and for convenience `prompt` and an optional
 * `modelId`. Any other member is rejected with `InvalidRequest`.
 */
export interface ConverseRequest {
  /** A name or a model id from the service's list. Default: the list's first. */
  modelId?: string;
  /** Shorthand for one user message with this text. Cannot be combined with `messages`. */
  prompt?: string;
  /** Content has to be in the request itself: `s3Location` and URLs are rejected unless the service allows them. */
  messages?: Message[];
  system?: JsonObject[];
  /** A `maxTokens` above the service's cap is rejected. If it is absent, the service's default is sent. */
  inferenceConfig?: {
    maxTokens?: number;
    temperature?: number;
    topP?: number;
    stopSequences?: string[];
  };
  /** `systemTool` is rejected unless the service allows it, because it is billed per use. */
  toolConfig?: JsonObject;
  /** The service's cap applies to token limits. Fields that choose the price or replace another member are rejected. */
  additionalModelRequestFields?: JsonObject;
  additionalModelResponseFieldPaths?: string[];
  outputConfig?: JsonObject;
  requestMetadata?: Record<string, string>;
  /** Rejected if the service applies its own guardrail. */
  guardrailConfig?: JsonObject;
  /** Rejected unless the service allows it, because it chooses the price. */
  serviceTier?: JsonObject;
  /** Rejected unless the service allows it, because it chooses the price. */
  performanceConfig?: JsonObject;
}

/** One turn of a conversation, in Bedrock's own shape. */
export interface Message {
  role: "user" | "assistant";
  content: ContentBlock[];
}

/** One block of a message: exactly one member is set, as in Bedrock's `ContentBlock`. */
export interface ContentBlock {
  text?: string;
  reasoningContent?: ReasoningContent;
  toolUse?: { toolUseId: string; name: string; input: Json; type?: string };
  toolResult?: JsonObject;
  /** `source.bytes` is base64. */
  image?: JsonObject;
  /** `source.bytes` is base64. */
  document?: JsonObject;
  citationsContent?: { content: { text: string }[]; citations: JsonObject[] };
  [kind: string]: unknown;
}

/** A model's reasoning. Send `signature` and `redactedContent` (base64) back to Bedrock unchanged. */
export interface ReasoningContent {
  reasoningText?: { text: string; signature?: string };
  redactedContent?: string;
}

/** Why the model stopped. Other values are possible, because models gain new ones. */
export type StopReason =
  | "end_turn"
  | "tool_use"
  | "max_tokens"
  | "stop_sequence"
  | "guardrail_intervened"
  | "content_filtered"
  | "malformed_model_output"
  | "malformed_tool_use"
  | "model_context_window_exceeded"
  | (string & {});

/** Numbers of tokens, as Bedrock bills them. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  [more: string]: unknown;
}

/** Milliseconds since the handler was called. `firstDeltaMs` is absent if there was no delta. */
export interface Timing {
  firstDeltaMs?: number;
  totalMs: number;
}

/** The first line. `modelId` is the name in the service's list, `requestId` is Lambda's. */
export interface StartLine {
  type: "start";
  version: 1;
  requestId: string;
  modelId: string;
}

/** Keeps the connection alive when there has been no other line for a while. */
export interface PingLine {
  type: "ping";
}

/** The last line of a whole answer. `usage` is absent if Bedrock sent no `metadata`. */
export interface EndLine {
  type: "end";
  stopReason: StopReason;
  usage?: Usage;
  timing: Timing;
}

/** The last line of a stream that failed, and the body of a response whose status is not 200. */
export interface ErrorLine {
  type: "error";
  error: WireError;
}

/** What went wrong, under AWS's own shape name where AWS has one. */
export interface WireError {
  name: string;
  message: string;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  requestId: string;
}

/** Bedrock's random padding, which hides the lengths of tokens on the wire. Ignore it. */
interface Padded {
  p?: string;
}

export interface MessageStartLine extends Padded {
  type: "messageStart";
  role: "assistant" | "user";
}

export interface ContentBlockStartLine extends Padded {
  type: "contentBlockStart";
  contentBlockIndex: number;
  start: { toolUse?: { toolUseId: string; name: string; type?: string }; [kind: string]: unknown };
}

export interface ContentBlockDeltaLine extends Padded {
  type: "contentBlockDelta";
  contentBlockIndex: number;
  delta: ContentBlockDelta;
}

/** One piece of a content block: exactly one member is set. */
export interface ContentBlockDelta {
  text?: string;
  /** A fragment of the input's JSON text. */
  toolUse?: { input: string };
  reasoningContent?: { text?: string; signature?: string; redactedContent?: string };
  citation?: JsonObject;
  [kind: string]: unknown;
}

export interface ContentBlockStopLine extends Padded {
  type: "contentBlockStop";
  contentBlockIndex: number;
}

export interface MessageStopLine extends Padded {
  type: "messageStop";
  stopReason: StopReason;
  additionalModelResponseFields?: Json;
}

export interface MetadataLine extends Padded {
  type: "metadata";
  usage: Usage;
  metrics: { latencyMs: number };
  [more: string]: unknown;
}

/**
 * All lines of this version. Readers ignore lines with any other `type`. Names that collide with ours get the prefix
 * `bedrock:`, which are the names of events called like one of our lines, and an event's own member `type`.
 */
export type Line =
  | StartLine
  | PingLine
  | MessageStartLine
  | ContentBlockStartLine
  | ContentBlockDeltaLine
  | ContentBlockStopLine
  | MessageStopLine
  | MetadataLine
  | EndLine
  | ErrorLine;
