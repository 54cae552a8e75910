// Answers a request that has an idempotency key: calls Bedrock and records the answer, or reads the recorded answer.
import type { Answered, KeyedAnswer, StoreContext } from "./answered.ts";
import { repeatedly } from "./call-table.ts";
import { hashOf, newRun, type Claim } from "./claim.ts";
import { follow } from "./follow.ts";
import { recordAnswer } from "./record-answer.ts";
import { answerNotFound, errorForReader, mismatch, notKept } from "./store-errors.ts";
import { within } from "./within.ts";

/** Rejects with `ConverseError` if the request fails before the first line. */
export async function answerWithKey(asked: KeyedAnswer, context: StoreContext): Promise<Answered> {
  const claim = claimFor(asked, context);
  // A caller who already has lines wants the rest of the same answer. The lines of a new answer would not continue them.
  if (asked.fromLine > 0) {
    asked.onResumed();
    return resume({ found: await findClaim(claim.answer, context), own: claim }, asked, context);
  }
  const claiming = context.table.claim(claim);
  // Undefined if the key was free, if the table has failed, or if it has not responded in time: in each case we call Bedrock.
  // If the claim fails, `recordAnswer` ends the recording.
  const found = await within(
    context.pace.claimWait,
    claiming.catch(() => undefined),
  );
  if (found) return resume({ found, own: claim }, asked, context);
  return recordAnswer({ claim, claiming }, asked, context);
}

function claimFor({ key, owner, request, options }: KeyedAnswer, { retentionMs }: StoreContext): Claim {
  const { writer, requestId, deadlineAt } = options;
  const now = Date.now();
  const longestAnswerMs = Math.max(0, deadlineAt - performance.now());
  return {
    answer: hashOf(key),
    owner: hashOf(owner),
    body: hashOf(JSON.stringify([request.model.name, writer.format, request.body])),
    run: newRun(),
    state: "running",
    beat: now,
    isCancelled: false,
    watchedUntil: 0,
    startedAt: now,
    expiresAt: Math.ceil((now + longestAnswerMs + retentionMs) / 1000),
    requestId,
  };
}

async function findClaim(answer: string, { table, pace }: StoreContext): Promise<Claim> {
  const claim = await repeatedly(pace.unavailable, () => table.readClaim(answer)).catch((error: unknown) => {
    throw errorForReader(error);
  });
  if (!claim) throw answerNotFound();
  return claim;
}

async function resume(
  { found, own }: { found: Claim; own: Claim },
  { fromLine, options, onResumed }: KeyedAnswer,
  { table, pace }: StoreContext,
): Promise<Answered> {
  if (found.owner !== own.owner || found.body !== own.body) throw mismatch();
  if (found.state === "lost") throw notKept();
  if (found.state === "failed")
    throw fromLine > 0 ? answerNotFound() : (found.failure?.error ?? answerNotFound());
  onResumed();
  return { outcome: await follow(table, { claim: found, fromLine, pace, relay: options }) };
}
