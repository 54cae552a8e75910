// The client's retry loop: repeats an attempt while it throws `RetryLaterError`, and computes the delay.
import { sleep } from "../shared/abort.ts";
import { checkNumber } from "./check-number.ts";
import { ConfigurationError, RetryLaterError } from "./errors.ts";

/**
 * Options for retries before the first line of an answer. {@link RetryLaterError} describes which errors are retried.
 *
 * @example
 * createClient({ url: "http://127.0.0.1:9000/", region: "us-east-1", credentials, retry: { limit: 4, maxDelay: 5000 } });
 */
export interface RetryOptions {
  /** Attempts after the first one. 0 turns retries off. Default: 2. */
  limit?: number | undefined;
  /**
   * Milliseconds before the first retry. The delay doubles with each further retry. The actual delay is
   * random, between 50 % and 100 % of this value. Default: 500.
   */
  baseDelay?: number | undefined;
  /** Longest delay in milliseconds. A request whose `retry-after` is longer is not retried. Default: 20,000. */
  maxDelay?: number | undefined;
}

export type RetryPolicy = { [option in keyof Required<RetryOptions>]: number };

const standardPolicy: RetryPolicy = { limit: 2, baseDelay: 500, maxDelay: 20_000 };

/** If `options` is a number, it is the `limit`. Options that are not given are taken from `otherwise`. */
export function checkRetryOptions(
  options: RetryOptions | number = {},
  otherwise: RetryPolicy = standardPolicy,
): RetryPolicy {
  const given = typeof options === "number" ? { limit: options } : options;
  if (typeof given !== "object" || given === null) {
    throw new ConfigurationError(
      `Cannot use the option retry: it is ${String(given)}; set the number of retries, or an object`,
    );
  }
  const { limit = otherwise.limit, baseDelay = otherwise.baseDelay, maxDelay = otherwise.maxDelay } = given;
  return {
    limit: checkNumber(limit, "retry.limit", 0),
    baseDelay: checkNumber(baseDelay, "retry.baseDelay", 0),
    maxDelay: checkNumber(maxDelay, "retry.maxDelay", 0),
  };
}

/**
 * Repeats the attempt as often as the policy allows while it throws {@link RetryLaterError}. Throws the last error, or
 * the signal's reason. `suggestedDelay` (in milliseconds) becomes `retryAfterMs` if the response has no `retry-after`.
 */
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
      await sleep(delayBeforeRetry(policy, error.retryAfterMs, suggestedDelay), signal);
    }
  }
}

/** In milliseconds. Random, so that callers that failed at the same time do not all try again at the same time. */
export function delayBeforeRetry(
  { maxDelay }: RetryPolicy,
  retryAfterMs: number,
  suggestedDelay: number,
): number {
  return Math.min(maxDelay, retryAfterMs + Math.random() * suggestedDelay);
}
