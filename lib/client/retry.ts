// Attempts before the first line: which failures are tried again, and after how long.
import { setTimeout as sleep } from "node:timers/promises";
import { longestDelay } from "../shared/retry-after.ts";
import { ConfigurationError, RetryLaterError } from "./errors.ts";

export interface RetryOptions {
  /** Attempts after the first. Default: 2; 0 turns retries off. */
  limit?: number | undefined;
  /** Milliseconds before the first retry, doubled for each further one. Default: 500. */
  baseDelay?: number | undefined;
  /** Milliseconds that are waited at most; a longer `retry-after` ends the retries. Default: 20,000. */
  maxDelay?: number | undefined;
}

export type RetryPolicy = { [option in keyof RetryOptions]-?: number };

export function checkRetryOptions(options: RetryOptions = {}): RetryPolicy {
  const { limit = 2, baseDelay = 500, maxDelay = 20_000 } = options;
  for (const [name, value] of Object.entries({ limit, baseDelay, maxDelay })) {
    if (!Number.isSafeInteger(value) || value < 0 || value > longestDelay) {
      throw new ConfigurationError(`Cannot use the option retry.${name}: give a whole number, 0 or more`);
    }
  }
  return { limit, baseDelay, maxDelay };
}

/** Runs the attempt again when it throws {@link RetryLaterError}, as often as the policy allows. */
export async function withRetries<T>(
  policy: RetryPolicy,
  signal: AbortSignal,
  attempt: (suggestedDelay: number) => Promise<T>,
): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    const suggestedDelay = Math.min(policy.maxDelay, policy.baseDelay * 2 ** retries) / 2;
    try {
      return await attempt(suggestedDelay);
    } catch (error) {
      if (!(error instanceof RetryLaterError) || retries >= policy.limit) throw error;
      if (error.retryAfterMs > policy.maxDelay) throw error;
      // Callers that failed together must not come back together.
      const delay = error.retryAfterMs + Math.random() * suggestedDelay;
      await sleep(Math.min(delay, longestDelay), undefined, { signal });
    }
  }
}
