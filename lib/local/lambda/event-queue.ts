// The queue of a function's asynchronous invocations. If the function fails, it is not invoked again for the same event.
//
// Lambda keeps an event while every execution environment is busy, until the event is too old. Retries after failures are
// turned off in serverless.yml.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
import { setTimeout as sleep } from "node:timers/promises";
import { finished } from "node:stream/promises";
import { TooManyRequests, type Invocation } from "../invocation.ts";
import type { Lambda } from "./create-lambda.ts";

export interface EventQueue {
  /** Returns at once. */
  push(invocation: Invocation<unknown>): void;
  /** Drops the events that are still waiting. */
  close(): void;
}

export interface EventQueueOptions {
  invoke: Lambda["invoke"];
  /** Milliseconds. */
  maximumAgeMs: number;
  onLog: (line: string) => void;
}

/** Between two attempts, Lambda waits one second to five minutes. That would be too long for a process on the same machine. */
const [firstDelayMs, longestDelayMs] = [50, 1000];

export function createEventQueue({ invoke, maximumAgeMs, onLog }: EventQueueOptions): EventQueue {
  const closing = new AbortController();

  async function run(invocation: Invocation<unknown>): Promise<void> {
    const expiresAt = performance.now() + maximumAgeMs;
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(2 * delayMs, longestDelayMs)) {
      try {
        const { body } = await invoke(invocation);
        return await finished(body.resume());
      } catch (error) {
        if (!(error instanceof TooManyRequests) || performance.now() + delayMs > expiresAt) throw error;
      }
      await sleep(delayMs, undefined, { signal: closing.signal });
    }
  }

  return {
    push(invocation) {
      run(invocation).catch((error: Error) => {
        if (!closing.signal.aborted) onLog(`Event ${invocation.requestId} is lost: ${error.message}`);
      });
    },
    close: () => closing.abort(),
  };
}
