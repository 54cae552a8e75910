// Answers a request that has an idempotency key: calls Bedrock and records the answer, or reads the answer that is recorded.
import { setTimeout as sleep } from "node:timers/promises";
import { relay, type Connect } from "../stream/relay.ts";
import type { CheckedRequest } from "../stream/request/check-request.ts";
import type { Outcome, RelayOptions } from "../stream/sink.ts";
import { shownError } from "../stream/converse-error.ts";
import { repeatedly, TableError } from "./call-table.ts";
import { ClaimWatch } from "./claim-watch.ts";
import { hashOf, newRun, type Claim } from "./claim.ts";
import { follow } from "./follow.ts";
import type { Pace } from "./pace.ts";
import { Recorder } from "./recorder.ts";
import type { KeyMembers } from "./request-key.ts";
import { RecordingSink } from "./recording-sink.ts";
import { answerNotFound, cancelled, mismatch, notKept, storeUnavailable } from "./store-errors.ts";
import type { AnswerTable } from "./table.ts";

/** Whether and how an answer was recorded, for the log. */
export interface Recording {
  recording: "complete" | "failed";
  /** AWS's name for the error, or the reason. */
  recordingDetail?: string;
}

export interface Answered {
  outcome: Outcome;
  /** Resolves when the last bytes are in the table or given up. Undefined if the answer came from the table. */
  recorded?: Promise<Recording>;
}

export interface KeyedAnswer extends Omit<KeyMembers, "action"> {
  request: CheckedRequest;
  connect: Connect;
  options: RelayOptions;
  /** Called if the answer is read from the table, before anything is sent. */
  onResumed: () => void;
}

export interface StoreContext {
  table: AnswerTable;
  pace: Pace;
  retentionMs: number;
}

/** Rejects with `ConverseError` if the request fails before the first line. */
export async function answerWithKey(context: StoreContext, asked: KeyedAnswer): Promise<Answered> {
  const claim = claimFor(asked, context);
  if (asked.fromLine > 0) {
    asked.onResumed();
    return resume(await findClaim(claim.answer, context), claim, asked, context);
  }
  const claiming = context.table.claim(claim);
  const found = await firstOf(claiming, context.pace.claimWait);
  if (found) return resume(found, claim, asked, context);
  return record(claiming, claim, asked, context);
}

function claimFor({ key, owner, request, options }: KeyedAnswer, { retentionMs }: StoreContext): Claim {
  const { format, requestId, deadlineAt } = options;
  const now = Date.now();
  // The retention begins when the answer has ended at the latest.
  const expiresAt = now + Math.max(0, deadlineAt - performance.now()) + retentionMs;
  return {
    answer: hashOf(key),
    owner: hashOf(owner),
    body: hashOf(JSON.stringify([request.model.name, format, request.body])),
    run: newRun(),
    state: "running",
    beat: now,
    isCancelled: false,
    watchedUntil: 0,
    startedAt: now,
    expiresAt: Math.ceil(expiresAt / 1000),
    requestId,
  };
}

/**
 * Resolves with another request's claim on the key. Resolves with undefined if the key was free, if the table does not work, or if
 * it takes too long to say so.
 */
async function firstOf(claiming: Promise<Claim | undefined>, waitMs: number): Promise<Claim | undefined> {
  const waiting = new AbortController();
  // A failure only ends the recording, which `record` sees to.
  const settled = claiming.catch(() => undefined);
  const late = sleep(waitMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  const found = await Promise.race([settled, late]);
  waiting.abort();
  return found;
}

async function findClaim(answer: string, { table, pace }: StoreContext): Promise<Claim> {
  const claim = await repeatedly(pace.unavailable, () => table.readClaim(answer)).catch((error: unknown) => {
    throw error instanceof TableError ? storeUnavailable(error.name) : error;
  });
  if (!claim) throw answerNotFound();
  return claim;
}

async function resume(
  claim: Claim,
  own: Claim,
  { fromLine, options, onResumed }: KeyedAnswer,
  { table, pace }: StoreContext,
): Promise<Answered> {
  if (claim.owner !== own.owner || claim.body !== own.body) throw mismatch();
  if (claim.state === "lost") throw notKept();
  if (claim.state === "failed") throw answerNotFound();
  onResumed();
  const outcome = await follow(table, { claim, fromLine, pace, relay: options });
  return { outcome };
}

async function record(
  claiming: Promise<Claim | undefined>,
  claim: Claim,
  { connect, options }: KeyedAnswer,
  { table, pace }: StoreContext,
): Promise<Answered> {
  const recorder = new Recorder(table, claim, pace);
  const sink = new RecordingSink(options.sink, recorder);
  const watch = new ClaimWatch(table, { claim, pace, recorder }, () => sink.stop(cancelled()));
  let isEnded = false;
  claiming.then(
    (other) => {
      if (other) return recorder.fail("ClaimedByAnother");
      recorder.begin();
      if (!isEnded) watch.start();
    },
    (error: unknown) => recorder.fail(error instanceof TableError ? error.name : "InternalError"),
  );
  const endAt = () => Math.min(performance.now() + pace.lastWrite, options.deadlineAt + pace.lastWrite);
  try {
    const outcome = await relay(connect, { ...options, sink });
    const { error } = outcome;
    // One JSON object is sent only when it is complete.
    if (error && !recorder.hasBytes) await free(recorder, { error, hasBegun: true });
    const ended = recorder.end(endAt());
    return { outcome, recorded: ended.then(() => recordingOf(recorder)) };
  } catch (thrown) {
    await free(recorder, { error: shownError(thrown), hasBegun: false });
    throw thrown;
  } finally {
    isEnded = true;
    watch.stop();
  }

  /** Frees the key after an error response, so that the request can be repeated. Readers who wait get the same error. */
  async function free(
    recorder: Recorder,
    failure: { error: ReturnType<typeof shownError>; hasBegun: boolean },
  ) {
    const { state } = recorder;
    recorder.fail(failure.error.name);
    if (state === "recording") await table.fail(claim, failure).catch(() => undefined);
  }
}

function recordingOf({ state, detail }: Recorder): Recording {
  if (state === "complete") return { recording: "complete" };
  return { recording: "failed", ...(detail !== undefined && { recordingDetail: detail }) };
}
