// The wire format: what a caller sends and the lines that come back. Both sides share it, as types alone.
//
// Bedrock's shapes stand here in the JSON that AWS documents (bytes are base64 strings), not in the SDK's form:
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [member: string]: Json };

/** A JSON object whose members Bedrock defines and this library passes through. */
export type JsonObject = { [member: string]: Json };

/**
 * The body of `POST /`: the members of Bedrock's ConverseStream request and two conveniences, `prompt` and
 * an optional `modelId`. A member that is not listed here is refused with `InvalidRequest`.
 */
export interface ConverseRequest {
  /** A name or a model id from the service's list. Default: the list's first. */
  modelId?: string;
  /** Short for one user message with this text. Not together with `messages`. */
  prompt?: string;
  /** Content is part of the request: `s3Location` and URLs are refused unless the service allows them. */
  messages?: Message[];
  system?: JsonObject[];
  /** `maxTokens` above the service's cap is refused; absent, the service's default is sent. */
  inferenceConfig?: {
    maxTokens?: number;
    temperature?: number;
    topP?: number;
    stopSequences?: string[];
  };
  /** `systemTool` is refused unless the service allows it: it is paid by use. */
  toolConfig?: JsonObject;
  /** Limits keep to the service's cap; what chooses the price or stands for another member is refused. */
  additionalModelRequestFields?: JsonObject;
  additionalModelResponseFieldPaths?: string[];
  outputConfig?: JsonObject;
  requestMetadata?: Record<string, string>;
  /** Refused when the service owns a guardrail. */
  guardrailConfig?: JsonObject;
  /** Refused unless the service allows it: it chooses the price. */
  serviceTier?: JsonObject;
  /** Refused unless the service allows it: it chooses the price. */
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

/** What a model thought. `signature` and `redactedContent` (base64) go back to Bedrock unchanged. */
export interface ReasoningContent {
  reasoningText?: { text: string; signature?: string };
  redactedContent?: string;
}

/** Why the model stopped. A value that is not listed may still come: models gain new ones. */
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

/** Tokens, as Bedrock counts them for the bill. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  [more: string]: unknown;
}

/** Milliseconds from the handler's entry. `firstDeltaMs` is absent if no delta came. */
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

/** Sent while nothing else was for a while. Carries nothing. */
export interface PingLine {
  type: "ping";
}

/** The last line of an answer that is whole. `usage` is absent if Bedrock's `metadata` never came. */
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

/** Bedrock's random padding, which hides the lengths of tokens on the wire. To be ignored. */
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
 * Every line this version knows. Readers ignore lines whose `type` they do not know. What would collide with our own
 * names has the prefix `bedrock:`: an event that is named like one of our lines, and an event's own member `type`.
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
