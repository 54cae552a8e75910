// Logs one JSON record per request: ids, counts and timings, never a prompt or an answer.
import type { ConverseError } from "./converse-error.ts";
import type { Outcome } from "./sink.ts";
import { redactName } from "./redaction.ts";

/**
 * `Lines` for `/`, `Models` for `/models`, `WebSocket` for a question on a connection, `AppSync` for one through the GraphQL
 * API, or the name of Bedrock's operation.
 */
export type Operation = "Lines" | "Models" | "WebSocket" | "AppSync" | "Converse" | "ConverseStream";

/**
 * The records of other events. Metrics count them only if the table of answers did not respond (`AnswerStoreFailures`):
 * - `models`: the list of models was requested.
 * - `repeat`: a reader of server-sent events requested a stream again that it had already read.
 * - `connection`: a WebSocket connection was opened.
 * - `resume`: an answer was read from the table of answers. The record of the request that called Bedrock has the tokens.
 * - `cancel`: a caller asked to cancel an answer.
 */
type OtherRecord = "models" | "repeat" | "connection" | "resume" | "cancel";

export interface RequestRecord {
  record: "request" | OtherRecord;
  requestId: string;
  /** Absent for a path that does not exist. */
  operation: Operation | undefined;
  /** The ARN of the caller that IAM authenticated. */
  callerArn: string | undefined;
  /** The WebSocket connection of the question. */
  connectionId?: string;
  /** The GraphQL API's caller: `iam:` and an ARN or a Cognito identity, `sub:` and a user, or `key`. */
  owner?: string;
  /** The model's name in the service's list; absent if the request was rejected before the model was known. */
  model: string | undefined;
  /** The HTTP status of the response. */
  status: number;
  /** `end`, or the error's name. */
  outcome: string;
  stopReason?: string | undefined;
  firstDeltaMs?: number | undefined;
  totalMs: number;
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
  /** The number of bytes in all lines to the caller. */
  bytes: number;
  deltas: number;
  /** The cause of an error, if the message to the caller does not contain it. */
  detail?: string | undefined;
  /** Whether the answer is in the table of answers. Absent if it was not to be recorded. */
  recording?: "complete" | "failed";
  /** AWS's name for the error that ended the recording, or a reason of our own. */
  recordingDetail?: string;
}

/** The part of the record that does not come from the outcome. The default of `record` is `request`. */
export type RequestFacts = Pick<
  RequestRecord,
  | "requestId"
  | "operation"
  | "callerArn"
  | "connectionId"
  | "owner"
  | "model"
  | "recording"
  | "recordingDetail"
> &
  Partial<Pick<RequestRecord, "record">>;

/**
 * Logs an answer that has begun. `status` can be an error status only for Converse: its answer is sent when it is
 * complete, so an answer that has begun can still fail before anything was sent.
 */
export function logOutcome(facts: RequestFacts, outcome: Outcome, status = 200): void {
  const { error, lateError, stopReason, usage, timing, deltas, bytes } = outcome;
  const { inputTokens, outputTokens } = usage ?? {};
  log(facts, {
    status,
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

/** Logs a request that got an error response instead of a stream. */
export function logErrorResponse(
  facts: RequestFacts,
  { name, detail }: ConverseError,
  { status, totalMs }: Pick<RequestRecord, "status" | "totalMs">,
): void {
  log(facts, { status, outcome: name, totalMs, bytes: 0, deltas: 0, detail });
}

/** Logs a request that needs no answer from a model. */
export function logOther(
  record: OtherRecord,
  facts: RequestFacts,
  { status, totalMs }: Pick<RequestRecord, "status" | "totalMs">,
): void {
  log(facts, { status, outcome: "end", totalMs, bytes: 0, deltas: 0 }, record);
}

/**
 * Logs an object, not a string, because Lambda's JSON log format would encode a string a second time, and no metric filter
 * would match it.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
function log(
  facts: RequestFacts,
  rest: Omit<RequestRecord, "record" | keyof RequestFacts>,
  record: RequestRecord["record"] = "request",
): void {
  const entry: RequestRecord = { record, ...facts, ...rest };
  console.info(entry);
}
