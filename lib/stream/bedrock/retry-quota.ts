// Decides whether and when a call to Bedrock is attempted again, as AWS's SDKs do in their standard mode.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
import type { FailedAttempt } from "./failed-attempt.ts";

/** More would multiply what an outage costs; callers have the error's `retryable` to go by. */
const maxAttempts = 2;
/** Each retry costs some of the room, each success gives it back: in an outage there are soon no more retries. */
const room = 500;
const costs = { "at once": 0, soon: 14, later: 5 };
/** Milliseconds: the most that is waited, of which the actual wait is a random share. */
const waits = { "at once": 0, soon: 50, later: 1000 };
/** Bedrock may ask for a longer wait: by so much it is granted. */
const mostOnRequest = 5000;

export interface Call {
  /** Milliseconds until the next attempt; undefined where there should be none. */
  delayAfter(failed: Omit<FailedAttempt, "name">): number | undefined;
  succeeded(): void;
}

export class Retries {
  #left = room;

  start(): Call {
    let attempts = 0;
    let spent = 0;
    let hadStale = false;
    return {
      delayAfter: ({ mayPass, wasStale, retryAfter = 0 }) => {
        if (wasStale && !hadStale) {
          hadStale = true;
          return 0;
        }
        attempts++;
        if (mayPass === "no" || attempts >= maxAttempts || this.#left < costs[mayPass]) return undefined;
        this.#left -= costs[mayPass];
        spent += costs[mayPass];
        const wait = Math.random() * waits[mayPass];
        return Math.max(wait, Math.min(retryAfter, wait + mostOnRequest));
      },
      succeeded: () => {
        this.#left = Math.min(room, this.#left + Math.max(spent, 1));
      },
    };
  }
}
