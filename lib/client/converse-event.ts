// The types that a caller reads: the events of a stream, and the result of a complete answer.
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
import type { ToolCall } from "./structured/tool-call.ts";

declare const unknownEventType: unique symbol;

/** A string type that includes none of the known names, so that comparing `event.type` with a known name narrows the union. */
type UnknownEventType = `${string & { readonly [unknownEventType]: true }}`;

/**
 * An event that this version of the library does not know, with all its members.
 *
 * @example
 * if (!event.type.startsWith("content")) console.error("Other event:", event.type);
 */
export interface UnknownEvent {
  type: UnknownEventType;
  [member: string]: unknown;
}

/**
 * One event of the stream, a union discriminated by `type`: Bedrock's events under their own names and with the members
 * that AWS documents, and the service's own `start`, `ping` and `end`. The service's `error` is thrown instead. Ignore
 * the member `p`: it is padding that hides the length of the text on the network.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 *
 * @example
 * if (event.type === "contentBlockDelta") process.stdout.write(event.delta.text ?? "");
 */
export type ConverseEvent = Exclude<Line, ErrorLine> | UnknownEvent;

/** A complete answer.
 *
 * @example
 * const result = await stream.result();
 * if (result.stopReason === "max_tokens") console.error("The answer is longer than maxTokens allows");
 */
export interface ConverseResult<Call = ToolCall> {
  /**
   * The assistant's turn in Bedrock's own shape, ready to be appended to `messages`. Bedrock rejects some content that it
   * sends itself, so `message` leaves out: text that is only white space, readable reasoning without a signature, any
   * reasoning at the end, images, tool calls with a name or id that Bedrock would reject, and kinds of blocks that this
   * version does not know.
   * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
   *
   * `undefined` if nothing is left. Then leave out the user's message too, because the roles of messages have to
   * alternate: `if (message) messages.push(question, message)`.
   */
  message: Message | undefined;
  /** Everything that the model sent, including the blocks that `message` leaves out. */
  content: ContentBlock[];
  /** The text of the answer, as `textStream()` gives it. "" if there is none. */
  text: string;
  /** The model's reasoning as text. Undefined if there is none, or only redacted reasoning. */
  reasoningText: string | undefined;
  /** The tool calls that your program has to run, in the order of `content`. */
  toolCalls: Call[];
  /** Why the model stopped. */
  stopReason: StopReason;
  /** In tokens. Absent if Bedrock did not report it. */
  usage?: Usage | undefined;
  /** In milliseconds, measured by the service. */
  timing: Timing;
  /** The fields that the request's `additionalModelResponseFieldPaths` selected. */
  additionalModelResponseFields?: Json | undefined;
  /** Bedrock's last event: usage, latency, guardrail trace, service tier. Absent if Bedrock did not send it. */
  metadata?: MetadataLine | undefined;
  /** The model's name in the service's list. Undefined if the service did not send it. */
  modelId: string | undefined;
  /** Lambda's request id. Use it to find the request in the service's log. Undefined if the service did not send it. */
  requestId: string | undefined;
}
