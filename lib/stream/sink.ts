// The interface between the relay and a delivery, such as the Function URL.
import type { Timing, Usage } from "../wire.ts";
import type { Times } from "./settings/configuration.ts";
import type { ConverseError } from "./converse-error.ts";
import type { AnswerWriter } from "./answer-format.ts";

/** The delivery's end of a stream, to which the relay writes lines. */
export interface Sink {
  /** Called once, before the first write. Until then a failure can still become an error response. */
  open(): void;
  /** Returns false if nothing more should be written until the caller has caught up. */
  write(bytes: Buffer): boolean;
  /**
   * After a `write` that returned false, the listener is called whenever the caller has read something; `all` is true
   * once it has caught up, so that more may be written.
   */
  onTaken(listener: (all: boolean) => void): void;
  /**
   * Implemented by a delivery that notices when the caller has left or cannot be reached, and by a sink that records the answer,
   * which can be cancelled. When the listener is called, the relay ends with the error and closes the call to Bedrock.
   */
  onGone?(listener: (error: ConverseError) => void): void;
  /**
   * Called if the caller has stopped reading. Returns true if the answer should go on nevertheless, because it is recorded; the
   * sink then takes everything. Otherwise the relay ends with the error.
   */
  letCallerGo?(error: ConverseError): boolean;
}

export interface RelayOptions {
  sink: Sink;
  /** A new writer, which determines the format of the answer. */
  writer: AnswerWriter;
  requestId: string;
  /** The model's name in the service's list. */
  model: string;
  times: Times;
  /** When the request arrived, as `performance.now()`. */
  startedAt: number;
  /** When the last line must have been written, as `performance.now()`. */
  deadlineAt: number;
}

/** The result of a stream that has sent its first line. Without `error` the answer is complete. */
export interface Outcome {
  error: ConverseError | undefined;
  /** An error from Bedrock after the answer was complete. It only goes to the log. */
  lateError: ConverseError | undefined;
  /**
   * Whether the caller stopped reading. The stream then ended, or went on only because it is recorded. The delivery should not
   * wait for the caller.
   */
  callerStalled: boolean;
  stopReason: string | undefined;
  usage: Usage | undefined;
  timing: Timing;
  deltas: number;
  bytes: number;
}
