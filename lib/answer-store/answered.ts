// The types of a request with an idempotency key and of its answer.
import type { Connect } from "../stream/relay.ts";
import type { CheckedRequest } from "../stream/request/check-request.ts";
import type { Outcome, RelayOptions } from "../stream/sink.ts";
import type { Pace } from "./pace.ts";
import type { KeyMembers } from "./request-key.ts";
import type { AnswerTable } from "./table.ts";

export interface KeyedAnswer extends Omit<KeyMembers, "action"> {
  request: CheckedRequest;
  connect: Connect;
  options: RelayOptions;
  /** Called before anything is sent, if the answer is read from the table and Bedrock is not called. */
  onResumed: () => void;
}

export interface Answered {
  /**
   * If the answer was read from the table, the outcome has neither usage nor deltas. They are in the log record of the request
   * that called Bedrock.
   */
  outcome: Outcome;
  /**
   * Resolves when the last bytes are in the table, or when the recording is given up. End the response first: the caller must not
   * wait for the table. Undefined if nothing was to be recorded.
   */
  recorded?: Promise<Recording>;
}

/** Whether an answer was recorded, for the log. */
export interface Recording {
  recording: "complete" | "failed";
  /** AWS's name for the error that ended the recording, or a reason of our own. */
  recordingDetail?: string;
}

export interface StoreContext {
  table: AnswerTable;
  pace: Pace;
  /** How long an answer is kept after its end, in milliseconds. */
  retentionMs: number;
  /** Takes a write that the invocation has to wait for before it ends. The promise must not reject. */
  finishLater(writing: Promise<void>): void;
}
