// Measures the CPU time per delta of longer and longer answers, each in a new process.
import type { ContenderBundle } from "../bundles.ts";
import { countBytes } from "../body-readers.ts";
import { withRunning, type Bench } from "./with-contender.ts";

const counts = { tiny: [1000], quick: [1000, 10_000, 100_000], full: [1000, 10_000, 100_000, 1_000_000] };
/** Answers that would take longer than this are left out. Otherwise the slowest contenders would take half of the run. */
const longestSeconds = { tiny: 2, quick: 2, full: 20 };
const characters = 5;

export async function measureGrowth(bundle: ContenderBundle, bench: Bench): Promise<Record<string, number>> {
  const costs: Record<string, number> = {};
  let lastUs = 0;
  for (const deltas of counts[bench.size]) {
    if ((deltas * lastUs) / 1e6 > longestSeconds[bench.size]) break;
    lastUs = await costPerDelta(bundle, bench, deltas);
    costs[`cpuUsOf${deltas}`] = lastUs;
  }
  return costs;
}

/** Measures the CPU time per delta in microseconds, without the cost of the first request. */
async function costPerDelta(bundle: ContenderBundle, bench: Bench, deltas: number): Promise<number> {
  return withRunning(bundle, { bench }, async (running) => {
    await countBytes(await running.ask({ deltas: 1, characters }));
    await running.idle();
    const before = await running.usage();
    const bytes = await countBytes(await running.ask({ deltas, characters }));
    if (bytes < deltas * characters)
      throw new Error(
        `Cannot measure growing work: found ${bytes} bytes for ${deltas} deltas of ${characters} characters; check the contender's output`,
      );
    await running.idle();
    const { cpuMs } = await running.usage();
    return ((cpuMs - before.cpuMs) * 1000) / deltas;
  });
}
