// Decides after each failure whether and when to ask for a resumable answer again, and makes the error for the caller if not.
import {
  ConfigurationError,
  DeltapipeError,
  RetryLaterError,
  ServiceError,
  StreamCutError,
} from "../errors.ts";
import { LostConnection } from "../platform.ts";
import type { RetryPolicy } from "../retry.ts";
import { explainRefusal } from "./refused-key.ts";

export interface Retries {
  /**
   * Returns the milliseconds to wait before the next attempt. If there is to be no further attempt, throws the error
   * for the caller.
   */
  delayAfter(error: unknown): number;
  /** Milliseconds until the client stops trying to restore a lost connection; at least 1000. */
  left(): number;
  /** Call this for each line. */
  reset(): void;
}

interface Limits {
  policy: RetryPolicy;
  resumeTimeout: number;
}

/**
 * The range of the longest wait between two attempts to restore a connection, in milliseconds. Shorter waits would
 * flood a service that is down. With longer waits, the caller would still be waiting when the service can be reached
 * again.
 */
const [leastBackoff, longestBackoff] = [100, 5000];

/**
 * Until something has arrived, the policy limits the number of attempts, as it does for all requests. Once a line has
 * arrived, or a connection was lost after the request was sent, there may be an answer to lose, and only
 * `resumeTimeout` limits the attempts. `hasLines`: whether the caller already has lines from an earlier stream.
 */
export function createRetries({ policy, resumeTimeout }: Limits, hasLines: boolean): Retries {
  let [isBegun, isSent] = [false, hasLines];
  let [failures, since] = [0, 0];
  /** How the connection was lost, as a clause. */
  let cut: string | undefined;

  function delayAfter(thrown: unknown): number {
    const error = explainRefusal(thrown);
    const now = performance.now();
    if (failures++ === 0) since = now;
    const clause = clauseOf(error);
    if (failures === 1 || cut === undefined) cut = clause ?? cut;
    if (clause !== undefined && codeOf(error) !== "FetchFailed") isSent = true;
    if (!isTransient(error)) throw finalError(error, "the answer cannot be resumed");
    const isPersistent = isBegun || (isSent && isOfConnection(error));
    const delay = delayBefore(error, isPersistent);
    const isOver = isPersistent ? now - since + delay > resumeTimeout : failures > policy.limit;
    if (isOver) throw finalError(error, `it was not restored within ${resumeTimeout} ms (resumeTimeout)`);
    return delay;
  }

  function isTransient(error: unknown): boolean {
    // Broken framing counts too: undici reports it for a cut connection if the response has the header `connection: close`.
    if (error instanceof LostConnection) return true;
    if (error instanceof RetryLaterError) return error.retryAfterMs <= policy.maxDelay;
    if (error instanceof StreamCutError) return true;
    if (!isSent) return false;
    if (error instanceof ServiceError) return isOfGateway(error);
    // The host name was found before, so it exists. It cannot be found now because there is no network.
    return error instanceof ConfigurationError && error.code === "ENOTFOUND";
  }

  function delayBefore(error: unknown, isPersistent: boolean): number {
    const { baseDelay, maxDelay } = policy;
    const longest = isPersistent ? Math.min(Math.max(maxDelay, leastBackoff), longestBackoff) : maxDelay;
    const half = Math.min(longest, Math.max(baseDelay, 1) * 2 ** (failures - 1)) / 2;
    const least = error instanceof RetryLaterError ? Math.max(half, error.retryAfterMs) : half;
    // Random, so that callers that failed at the same time do not all try again at the same time.
    return Math.min(Math.max(maxDelay, longest), least + Math.random() * half);
  }

  /**
   * If the answer has begun, this is a {@link LostConnection}, which the stream turns into an error with the lines that
   * have arrived.
   */
  function finalError(error: unknown, found: string): unknown {
    const isLost = error instanceof LostConnection && !error.isAltered;
    if (!isLost && !(error instanceof DeltapipeError)) return error;
    const isGone = cut !== undefined && codeOf(error) === "AnswerNotFound";
    if (!isLost && !isBegun && !isGone) return error;
    const reason = isLost ? found : `${found}: ${error.message}`;
    const cause: unknown = isLost ? error.cause : error;
    return new LostConnection(cut === undefined ? reason : `${cut}, and ${reason}`, {
      isAltered: false,
      cause,
    });
  }

  return {
    delayAfter,
    left: () => Math.max(1000, failures === 0 ? resumeTimeout : resumeTimeout - (performance.now() - since)),
    reset() {
      [isBegun, isSent, failures] = [true, true, 0];
    },
  };
}

/** Undefined for an error that is not about a lost connection. */
function clauseOf(error: unknown): string | undefined {
  if (error instanceof LostConnection) return error.message;
  return error instanceof StreamCutError ? error.message.replace(/^Cannot [^:]*: /, "") : undefined;
}

/** Whether the service has not said anything, or only that it cannot read the answer for the moment. */
function isOfConnection(error: unknown): boolean {
  const { status } = error as { status?: unknown };
  return status === undefined || codeOf(error) === "AnswerStoreUnavailable";
}

/** Whether the error comes from a gateway, or from Lambda if the function crashed. The service's own errors have a code. */
function isOfGateway({ code, status }: ServiceError): boolean {
  return code === undefined || status === 502 || status === 504;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
