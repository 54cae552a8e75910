// Timeouts for tests. They are long, and longer on slow machines, so that only a regression reaches them.
import { createHash } from "node:crypto";

/** The most milliseconds that `measureSlowness` takes on a fast machine. An idle laptop needs a third of this time. */
const expectedMs = 45;
/** The longest wait for one step of a test on a fast machine. */
const longestWaitMs = 60_000;

/** Returns how many times slower this machine is now than a fast one, at least 1. */
function measureSlowness(): number {
  const megabyte = Buffer.alloc(1024 * 1024);
  const startedAt = performance.now();
  for (let round = 0; round < 24; round++) createHash("sha256").update(megabyte).digest();
  return Math.max(1, (performance.now() - startedAt) / expectedMs);
}

let slowness = measureSlowness();

/** Adapts `scaled` to the current load of the machine. */
export function measureMachine(): void {
  slowness = measureSlowness();
}

/** Returns the milliseconds for a limit that a test sets: the given number on a fast machine, more on a slow one. */
export function scaled(milliseconds: number): number {
  return Math.ceil(milliseconds * slowness);
}

/** Like {@link scaled}, but in whole seconds, for a setting of the function or Lambda's timeout. */
export function scaledSeconds(seconds: number): number {
  return Math.ceil(seconds * slowness);
}

/** For limits that are not under test: too long to be reached on any machine. */
export const generousSeconds = 600;

/** Resolves with the promise's value. If that takes too long, rejects with an error that begins with `label`, the step's name. */
export async function waitFor<T>(label: string, promise: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    function check(): void {
      const waited = performance.now() - startedAt;
      // The machine may have become busier since the file was loaded, so measure again before giving up.
      const left = longestWaitMs * measureSlowness() - waited;
      if (left > 0) timer = setTimeout(check, left);
      else reject(new Error(`${label} did not happen within ${Math.round(waited)} ms`));
    }
    timer = setTimeout(check, scaled(longestWaitMs));
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
