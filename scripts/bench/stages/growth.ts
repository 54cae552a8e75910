// Measures the CPU time per delta of longer and longer answers, each in a new process.
import type { ContenderBundle } from "../bundles.ts";
import { countBytes } from "../body-readers.ts";
import { withRunning, type Bench } from "./with-contender.ts";

const counts = { tiny: [1000], quick: [1000, 10_000, 100_000], full: [1000, 10_000, 100_000, 1_000_000] };
const characters = 5;

export async function measureGrowth(bundle: ContenderBundle, bench: Bench): Promise<Record<string, number>> {
  const costs: Record<string, number> = {};
  for (const deltas of counts[bench.size])
    costs[`cpuUsOf${deltas}`] = await costPerDelta(bundle, bench, deltas);
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
        `Cannot measure growing work: found only ${bytes} bytes of ${deltas} deltas; check the contender's output`,
      );
    await running.idle();
    const { cpuMs } = await running.usage();
    return ((cpuMs - before.cpuMs) * 1000) / deltas;
  });
}
