// One JSON record per request: ids, counts and timings; never a word of what was asked or answered.
import type { ConverseError } from "./converse-error.ts";
import type { Outcome } from "./delivery.ts";
import { redactName } from "./redaction.ts";

export interface RequestRecord {
  record: "request";
  /** The ARN of the caller that IAM let through. */
  callerArn: string | undefined;
  /** The name in the service's list; absent if the request was refused before it was known. */
  model: string | undefined;
  /** The HTTP status that was sent. */
  status: number;
  /** `end`, or the error's name. */
  outcome: string;
  stopReason?: string | undefined;
  firstDeltaMs?: number | undefined;
  totalMs: number;
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
  /** Of lines to the caller. */
  bytes: number;
  deltas: number;
  /** What is behind an error whose message tells the caller less. */
  detail?: string | undefined;
}

export interface RequestFacts {
  requestId: string;
  callerArn: string | undefined;
  model: string | undefined;
}

/** For a stream that had begun. */
export function logOutcome(facts: RequestFacts, outcome: Outcome): void {
  const { error, lateError, stopReason, usage, timing, deltas, bytes } = outcome;
  const { inputTokens, outputTokens } = usage ?? {};
  log(facts, {
    status: 200,
    outcome: error?.name ?? "end",
    stopReason: stopReason === undefined ? undefined : redactName(stopReason),
    ...timing,
    inputTokens,
    outputTokens,
    bytes,
    deltas,
    detail: error ? error.detail : lateError && lateDetail(lateError),
  });
}

function lateDetail({ name, detail }: ConverseError): string {
  return ["After messageStop", name, ...(detail === undefined ? [] : [detail])].join(": ");
}

/** For a request that got an error response instead of a stream. */
export function logErrorResponse(facts: RequestFacts, error: ConverseError, totalMs: number): void {
  const { status, name, detail } = error;
  log(facts, { status, outcome: name, totalMs, bytes: 0, deltas: 0, detail });
}

/**
 * An object, not a string: Lambda's JSON log format would encode a string twice, and no metric filter matches that.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
function log(facts: RequestFacts, rest: Omit<RequestRecord, "record" | keyof RequestFacts>): void {
  const record: RequestRecord & RequestFacts = { record: "request", ...facts, ...rest };
  console.info(record);
}
