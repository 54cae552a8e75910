// How long tests wait. Patience decides no test: it is generous, and grows with the slowness of the machine.
import { createHash } from "node:crypto";

/** Time for the measured work at which a machine still counts as fast: a quiet laptop needs a third of it. */
const expectedMs = 45;
/** Patience with one step of a test on a fast machine. Only a regression ever waits this long. */
const longestWaitMs = 60_000;

/** How many times slower this machine is now than a fast one; at least 1. */
function measureSlowness(): number {
  const megabyte = Buffer.alloc(1024 * 1024);
  const startedAt = performance.now();
  for (let round = 0; round < 24; round++) createHash("sha256").update(megabyte).digest();
  return Math.max(1, (performance.now() - startedAt) / expectedMs);
}

const slowness = measureSlowness();

/** A limit of the product for a test: as many milliseconds as a fast machine needs, more on a slow one. */
export function scaled(milliseconds: number): number {
  return Math.ceil(milliseconds * slowness);
}

/** The same as a setting of the function, or as a timeout of Lambda: whole seconds. */
export function scaledSeconds(seconds: number): number {
  return Math.ceil(seconds * slowness);
}

/** A limit that is not under test: it can decide nothing, however slow the machine is. */
export const generousSeconds = 600;

/** Resolves with the promise. Rejects with the label when patience is over, so that a regression names its step. */
export async function waitFor<T>(label: string, promise: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    function check(): void {
      const waited = performance.now() - startedAt;
      // Other work may have begun since the file was loaded: the machine is measured again before giving up.
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
