// Runs several execution environments of a contender for a stage, and ends all of them afterwards.
import type { ContenderBundle } from "../bundles.ts";
import { readStamped } from "../body-readers.ts";
import type { RunningContender } from "../running-contender.ts";
import { startRunning, type Bench } from "./with-contender.ts";

/** The number of processes that start at the same time. */
const startedAtOnce = 4;

/** Each environment has answered once when `use` gets them. */
export async function withEnvironments<T>(
  bundle: ContenderBundle,
  { bench, count }: { bench: Bench; count: number },
  use: (environments: RunningContender[]) => Promise<T>,
): Promise<T> {
  const environments: RunningContender[] = [];
  try {
    while (environments.length < count) {
      const missing = Math.min(startedAtOnce, count - environments.length);
      const starts = Array.from({ length: missing }, () => startRunning(bundle, { bench }));
      const settled = await Promise.allSettled(starts);
      // Those that started have to be ended even if another one failed.
      for (const start of settled) if (start.status === "fulfilled") environments.push(start.value);
      await Promise.all(starts);
      await Promise.all(environments.slice(-missing).map(answerOnce));
    }
    return await use(environments);
  } finally {
    await Promise.all(environments.map((running) => running.end()));
  }
}

/** The sums over the environments. */
export async function totalUsage(environments: RunningContender[]) {
  const usages = await Promise.all(environments.map((running) => running.usage()));
  return {
    cpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    residentBytes: usages.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
  };
}

async function answerOnce(running: RunningContender): Promise<void> {
  await readStamped(await running.ask({ deltas: 5, perSecond: 1000 }));
  await running.idle();
}
