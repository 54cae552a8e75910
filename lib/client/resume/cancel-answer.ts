// Cancels an answer on the service, where it would otherwise go on without its caller.
import { parseObject } from "../../shared/json-object.ts";
import { ConfigurationError, DeltapipeError } from "../errors.ts";
import { requestFor, type ShortCall } from "../short-call.ts";
import { explainRefusal } from "./refused-key.ts";
import { sleep } from "./sleep.ts";

/** Resolves with false if the answer had already ended. Rejects with the errors that {@link Client.cancel} documents. */
export async function cancelAnswer(idempotencyKey: string, call: ShortCall): Promise<boolean> {
  const body = JSON.stringify({ action: "cancel", idempotencyKey });
  const headers = { "content-type": "application/json" };
  const sent = requestFor("cancel the answer", call, { method: "POST", url: call.url, headers, body });
  const text = await sent.catch((error: unknown) => {
    throw explainRefusal(error);
  });
  const cancelled = parseObject(text)?.["cancelled"];
  if (typeof cancelled === "boolean") return cancelled;
  throw new ConfigurationError(
    "Cannot cancel the answer: the response is incomplete, or does not say whether the answer was cancelled; check the URL",
  );
}

export type CancelAnswer = (
  idempotencyKey: string,
  options: { firstByteTimeout: number },
) => Promise<unknown>;

/** The waits before the attempts, in milliseconds, if the request for the answer may not have reached the service yet. */
const waits = [0, 300, 1200];

/**
 * Cancels an answer that its caller does not want any more. `isYoung`: whether none of its lines has arrived. Never
 * rejects: nobody waits for the result, and at worst the answer goes on to its end.
 */
export async function cancelUnwanted(
  cancel: CancelAnswer,
  idempotencyKey: string,
  isYoung: boolean,
): Promise<void> {
  for (const wait of isYoung ? waits : [0]) {
    await sleep(wait);
    try {
      await cancel(idempotencyKey, { firstByteTimeout: 5000 });
      return;
    } catch (error) {
      if (!(error instanceof DeltapipeError) || error.code !== "AnswerNotFound") return;
    }
  }
}

/** Waits for the promise, but at most a second. */
export async function settledSoon(promise: Promise<void>): Promise<void> {
  const limit = new AbortController();
  await Promise.race([promise, sleep(1000, limit.signal)]);
  // Otherwise the timer would keep the process running.
  limit.abort();
}
