// The types that a caller reads: the stream's lines as typed events, and the result of a whole answer.
import type {
  ContentBlock,
  ErrorLine,
  Json,
  Line,
  Message,
  MetadataLine,
  StopReason,
  Timing,
  Usage,
} from "../wire.ts";

declare const unknownEventType: unique symbol;

// A pattern that no known name matches, so that a comparison of `type` with a known name narrows the union.
type UnknownEventType = `${string & { readonly [unknownEventType]: true }}`;

/** An event that this version does not know, as it came. */
export interface UnknownEvent {
  type: UnknownEventType;
  [member: string]: unknown;
}

/**
 * One event of the stream, a union on `type`: Bedrock's events under their own names and in the JSON that AWS
 * documents, and the service's `start`, `ping` and `end`. An `error` line is thrown instead. `p` is padding.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 *
 * @example
 * if (event.type === "contentBlockDelta") process.stdout.write(event.delta.text ?? "");
 */
export type ConverseEvent = Exclude<Line, ErrorLine> | UnknownEvent;

/** A whole answer. */
export interface ConverseResult {
  /**
   * The assistant's turn in Bedrock's own shape, ready to be appended to `messages`. What Bedrock sends but does not take
   * back is left out: text of white space alone, reasoning without a signature or at the end, images, calls of tools
   * under a name that no tool can have.
   *
   * `undefined` if nothing is left: the answer cannot be a turn. Leave the user's message out too, since the roles of
   * messages alternate: `if (message) messages.push(question, message)`.
   */
  message: Message | undefined;
  /** Everything that the model said, also what `message` leaves out. */
  content: ContentBlock[];
  stopReason: StopReason;
  /** Tokens. Absent if Bedrock sent none. */
  usage?: Usage;
  /** Milliseconds, as the service measured them. */
  timing: Timing;
  /** What `additionalModelResponseFieldPaths` asked for. */
  additionalModelResponseFields?: Json;
  /** Bedrock's last event: latency, guardrail trace, service tier. */
  metadata?: MetadataLine;
  /** The name in the service's list of models. */
  modelId: string;
  /** Lambda's request id. */
  requestId: string;
}
