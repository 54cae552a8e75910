// The most memory that a process ever took, after streams of several lengths to a slow reader.
import type { Bundle } from "../bundles.ts";
import { readSlowly } from "../reading.ts";
import { withRunning, type Bench } from "./stage.ts";

/** Long ones: what is measured here is bytes, not deltas. */
const characters = 2000;
const restMs = 20;
const megabyte = 1_000_000;

export async function measureMemory(bundle: Bundle, bench: Bench): Promise<Record<string, number>> {
  const most = bench.size === "full" ? 200 : 50;
  const [small, middle, large] = [
    await peakAfter(bundle, bench, 1),
    await peakAfter(bundle, bench, 10),
    await peakAfter(bundle, bench, most),
  ];
  return {
    peakMegabytes: large,
    growthMegabytes: large - small,
    lateGrowthMegabytes: large - middle,
  };
}

/** In megabytes, each time of a new process. */
async function peakAfter(bundle: Bundle, bench: Bench, megabytes: number): Promise<number> {
  return withRunning(bundle, { bench }, async (running) => {
    const deltas = Math.ceil((megabytes * megabyte) / characters);
    const bytes = await readSlowly(await running.ask({ deltas, characters }), restMs);
    if (bytes < deltas * characters) throw new Error(`Only ${bytes} bytes came of ${megabytes} MB`);
    await running.idle();
    return (await running.usage()).peakBytes / megabyte;
  });
}
