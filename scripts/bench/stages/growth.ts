// What a delta costs as answers grow: a thousand deltas, ten thousand, and so on, each in a new process.
import type { Bundle } from "../bundles.ts";
import { drain } from "../reading.ts";
import { withRunning, type Bench } from "./stage.ts";

const counts = { tiny: [1000], quick: [1000, 10_000, 100_000], full: [1000, 10_000, 100_000, 1_000_000] };
const characters = 5;

export async function measureGrowth(bundle: Bundle, bench: Bench): Promise<Record<string, number>> {
  const costs: Record<string, number> = {};
  for (const deltas of counts[bench.size])
    costs[`cpuUsOf${deltas}`] = await costPerDelta(bundle, bench, deltas);
  return costs;
}

/** Microseconds, less what the first request costs anyway. */
async function costPerDelta(bundle: Bundle, bench: Bench, deltas: number): Promise<number> {
  return withRunning(bundle, { bench }, async (running) => {
    await drain(await running.ask({ deltas: 1, characters }));
    await running.idle();
    const before = await running.usage();
    const bytes = await drain(await running.ask({ deltas, characters }));
    if (bytes < deltas * characters) throw new Error(`Only ${bytes} bytes came of ${deltas} deltas`);
    await running.idle();
    const { cpuMs } = await running.usage();
    return ((cpuMs - before.cpuMs) * 1000) / deltas;
  });
}
