// The interface between a delivery (HTTP today) and the relay.
import type { Timing, Usage } from "../wire.ts";
import type { Times } from "./settings/configuration.ts";
import type { ConverseError } from "./converse-error.ts";
import type { Format } from "./lines/line-buffer.ts";

/** Where lines go. */
export interface Sink {
  /** Commits to an answer: called once, before the first write. Until then a failure can still be a status. */
  open(): void;
  /** Returns false when nothing more should be written until the caller has taken all of it. */
  write(bytes: Buffer): boolean;
  /** Called whenever the caller has taken some of what `write` held up, and with true when it has taken all. */
  onTaken(listener: (all: boolean) => void): void;
}

export interface RelayOptions {
  sink: Sink;
  format: Format;
  requestId: string;
  /** The name in the service's list. */
  model: string;
  times: Times;
  /** `performance.now()` at the request's arrival, and by when the last line must have been written. */
  startedAt: number;
  deadlineAt: number;
}

/** How a stream that had begun went. Without `error` the answer is whole. */
export interface Outcome {
  error: ConverseError | undefined;
  /** What Bedrock failed with when the answer was whole already: for the log alone. */
  lateError: ConverseError | undefined;
  /** Whether the stream ended because the caller stopped reading: a delivery should not wait for it any longer. */
  callerStalled: boolean;
  stopReason: string | undefined;
  usage: Usage | undefined;
  timing: Timing;
  deltas: number;
  bytes: number;
}
