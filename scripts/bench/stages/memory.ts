// Measures the peak memory of new processes, each after one stream to a slow reader. The streams have several lengths.
import type { ContenderBundle } from "../bundles.ts";
import { readSlowly } from "../body-readers.ts";
import { withRunning, type Bench } from "./with-contender.ts";

/** Deltas are long here, because this stage measures bytes. */
const characters = 2000;
const restMs = 20;
const megabyte = 1_000_000;

export async function measureMemory(bundle: ContenderBundle, bench: Bench): Promise<Record<string, number>> {
  const most = bench.size === "full" ? 200 : 50;
  const [small, middle, large] = [
    await peakAfter(bundle, bench, 1),
    await peakAfter(bundle, bench, 10),
    await peakAfter(bundle, bench, most),
  ];
  return {
    megabytesOf1: small,
    peakMegabytes: large,
    growthMegabytes: large - small,
    lateGrowthMegabytes: large - middle,
  };
}

/** Returns the peak memory of a new process that has sent a stream of this length, in megabytes. */
async function peakAfter(bundle: ContenderBundle, bench: Bench, megabytes: number): Promise<number> {
  return withRunning(bundle, { bench }, async (running) => {
    const deltas = Math.ceil((megabytes * megabyte) / characters);
    const bytes = await readSlowly(await running.ask({ deltas, characters }), restMs);
    if (bytes < deltas * characters)
      throw new Error(
        `Cannot measure memory: found only ${bytes} bytes of ${megabytes} MB; check the contender's output`,
      );
    await running.idle();
    return (await running.usage()).peakBytes / megabyte;
  });
}
