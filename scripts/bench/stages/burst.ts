// Measures the CPU time per delta and the deltas per second at full speed, with one execution environment and with two.
import type { ContenderBundle } from "../bundles.ts";
import { countBytes } from "../body-readers.ts";
import type { RunningContender } from "../running-contender.ts";
import { totalUsage } from "./environments.ts";
import { withRunning, type Bench } from "./with-contender.ts";

const counts = { tiny: 2000, quick: 10_000, full: 30_000 };
/** About the length of a token. */
const characters = 5;

export async function measureBurst(bundle: ContenderBundle, bench: Bench): Promise<Record<string, number>> {
  return withRunning(bundle, { bench }, (first) =>
    withRunning(bundle, { bench }, async (second) => {
      const deltas = counts[bench.size];
      for (const running of [first, second]) await flood(running, Math.ceil(deltas / 4));
      const one = await measured([first], deltas);
      const two = await measured([first, second], deltas);
      return {
        burstCpuUs: one.cpuUs,
        deltasPerSecond: one.perSecond,
        burstCpuUsOfTwo: two.cpuUs,
        deltasPerSecondOfTwo: two.perSecond,
      };
    }),
  );
}

async function measured(environments: RunningContender[], deltas: number) {
  const before = await totalUsage(environments);
  const startedAt = performance.now();
  await Promise.all(environments.map((running) => flood(running, deltas)));
  const seconds = (performance.now() - startedAt) / 1000;
  const total = deltas * environments.length;
  const cpuMs = (await totalUsage(environments)).cpuMs - before.cpuMs;
  return { cpuUs: (cpuMs * 1000) / total, perSecond: total / seconds };
}

async function flood(running: RunningContender, deltas: number): Promise<void> {
  const bytes = await countBytes(await running.ask({ deltas, characters }));
  if (bytes < deltas * characters)
    throw new Error(
      `Cannot measure full speed: found ${bytes} bytes for ${deltas} deltas of ${characters} characters; check the contender's output`,
    );
  await running.idle();
}
