// Decides whether and when a call to Bedrock is attempted again, as AWS's SDKs do in their standard mode.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
import type { FailedAttempt } from "./failed-attempt.ts";

/** More attempts would multiply the cost of an outage. Callers can retry themselves if the error is `retryable`. */
const maxAttempts = 2;
/** Retries take tokens from the quota and successes return them, so retries soon stop during an outage. */
const capacity = 500;
const tokensFor = { "at once": 0, transient: 14, throttling: 5 };
/** Upper limits in milliseconds. The actual delay is random, so that not all callers retry at the same time. */
const maxDelays = { "at once": 0, transient: 50, throttling: 1000 };
/** Bedrock's `retry-after` lengthens the delay by at most this many milliseconds. */
const maxExtension = 5000;

/** The attempts of one call. */
export interface CallAttempts {
  /** Milliseconds until the next attempt, or undefined if there should be none. */
  delayAfter(failed: Omit<FailedAttempt, "name">): number | undefined;
  succeeded(): void;
}

/** The retry quota that all calls of this execution environment share. */
export class RetryQuota {
  #tokens = capacity;

  startCall(): CallAttempts {
    let attempts = 0;
    let taken = 0;
    let hadStale = false;
    return {
      delayAfter: ({ retry, wasStale, retryAfter = 0 }) => {
        if (wasStale && !hadStale) {
          hadStale = true;
          return 0;
        }
        attempts++;
        if (retry === "no" || attempts >= maxAttempts || this.#tokens < tokensFor[retry]) return undefined;
        this.#tokens -= tokensFor[retry];
        taken += tokensFor[retry];
        const delay = Math.random() * maxDelays[retry];
        return Math.max(delay, Math.min(retryAfter, delay + maxExtension));
      },
      succeeded: () => {
        this.#tokens = Math.min(capacity, this.#tokens + Math.max(taken, 1));
      },
    };
  }
}
