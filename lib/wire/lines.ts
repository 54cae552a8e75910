// The lines of an answer: the service's own, and Bedrock's events under their names.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
import type { GuardrailTrace } from "./guardrail-trace.ts";
import type { ContentBlockDelta, ContentBlockStart } from "./deltas.ts";
import type { Json, Open } from "./json.ts";
import type { PerformanceConfiguration, ServiceTier } from "./request.ts";

/** Why the model stopped. Other values are possible, because models gain new ones. */
export type StopReason = Open<
  | "end_turn"
  | "tool_use"
  | "max_tokens"
  | "stop_sequence"
  | "guardrail_intervened"
  | "content_filtered"
  | "malformed_model_output"
  | "malformed_tool_use"
  | "model_context_window_exceeded"
>;

/** Numbers of tokens, as Bedrock bills them. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadInputTokens?: number | undefined;
  cacheWriteInputTokens?: number | undefined;
  /** The tokens that were written to the cache, by time to live. */
  cacheDetails?: { ttl: Open<"5m" | "1h">; inputTokens: number }[] | undefined;
}

/** Milliseconds since the handler was called. `firstDeltaMs` is absent if there was no delta. */
export interface Timing {
  firstDeltaMs?: number | undefined;
  totalMs: number;
}

/** The first line. `modelId` is the model's name in the service's list. `requestId` is Lambda's request id. */
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

/** The last line of a complete answer. `usage` is absent if Bedrock sent no `metadata`. */
export interface EndLine {
  type: "end";
  stopReason: StopReason;
  usage?: Usage | undefined;
  timing: Timing;
}

/** The last line of a stream that failed, and the body of an error response. */
export interface ErrorLine {
  type: "error";
  error: WireError;
}

/** `name` is AWS's own name for most errors of Bedrock, and a name of this service for all others. */
export interface WireError {
  name: string;
  message: string;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  requestId: string;
}

/** Bedrock's random padding, which hides the lengths of tokens on the wire. Ignore it. */
interface Padded {
  p?: string | undefined;
}

export interface MessageStartLine extends Padded {
  type: "messageStart";
  role: "assistant" | "user" | "system";
}

export interface ContentBlockStartLine extends Padded {
  type: "contentBlockStart";
  contentBlockIndex: number;
  start: ContentBlockStart;
}

export interface ContentBlockDeltaLine extends Padded {
  type: "contentBlockDelta";
  contentBlockIndex: number;
  delta: ContentBlockDelta;
}

export interface ContentBlockStopLine extends Padded {
  type: "contentBlockStop";
  contentBlockIndex: number;
}

export interface MessageStopLine extends Padded {
  type: "messageStop";
  stopReason: StopReason;
  additionalModelResponseFields?: Json | undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamMetadataEvent.html */
export interface MetadataLine extends Padded {
  type: "metadata";
  usage: Usage;
  metrics: { latencyMs: number };
  trace?: ConverseTrace | undefined;
  performanceConfig?: PerformanceConfiguration | undefined;
  serviceTier?: ServiceTier | undefined;
}

/** The findings of a guardrail, and the model that a prompt router chose. */
export interface ConverseTrace {
  guardrail?: GuardrailTrace | undefined;
  promptRouter?: { invokedModelId?: string | undefined } | undefined;
}

/**
 * All lines of this version. Readers ignore lines with any other `type`. If an event of Bedrock has the same name as one of
 * our lines, the event's name gets the prefix `bedrock:`. If an event has a member `type`,
 * the member's name gets the prefix as well.
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
