// Measures many streams at once, each in an execution environment of its own, as on Lambda.
import { setTimeout as sleep } from "node:timers/promises";
import type { ContenderBundle } from "../bundles.ts";
import { readStamped } from "../body-readers.ts";
import { watchLoad } from "../machine-load.ts";
import type { RunningContender } from "../running-contender.ts";
import type { Size } from "../run-size.ts";
import { quantile } from "../../statistics.ts";
import { totalUsage, withEnvironments } from "./environments.ts";
import type { Bench } from "./with-contender.ts";

/** A modest pace, so that two cores can bear 64 streams, the benchmark and its upstream. */
const perSecond = 10;
const levels = { tiny: [2], quick: [4], full: [1, 8, 64] } satisfies Record<Size, number[]>;
const counts = { tiny: 5, quick: 10, full: 20 } satisfies Record<Size, number>;
const megabyte = 1_000_000;

export async function measureStreamsAtOnce(
  bundle: ContenderBundle,
  bench: Bench,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const streams of streamLevels(bench)) {
    const figures = await withEnvironments(bundle, { bench, count: streams }, (environments) =>
      stream(environments, counts[bench.size]),
    );
    for (const [key, value] of Object.entries(figures)) found[`${key}Of${streams}Streams`] = value;
  }
  return found;
}

/** The numbers of streams that are measured on this machine. */
export function streamLevels({ size, mostStreams }: Pick<Bench, "size" | "mostStreams">): number[] {
  return levels[size].filter((level) => level <= mostStreams);
}

async function stream(environments: RunningContender[], deltas: number) {
  const before = await totalUsage(environments);
  const load = watchLoad();
  const delays = await Promise.all(
    environments.map(async (running, number) => {
      // Real streams do not send their deltas at the same moments, so these streams begin at different moments.
      await sleep((number / environments.length) * (1000 / perSecond));
      const { delays } = await readStamped(await running.ask({ deltas, perSecond }));
      await running.idle();
      if (delays.length !== deltas)
        throw new Error(
          `Cannot measure streams at once: found ${delays.length} of ${deltas} deltas; check the contender's output`,
        );
      return delays;
    }),
  );
  const busyPercent = load();
  const after = await totalUsage(environments);
  const all = delays.flat();
  return {
    streamCpuUs: ((after.cpuMs - before.cpuMs) * 1000) / (deltas * environments.length),
    megabytes: after.residentBytes / environments.length / megabyte,
    delayUs: quantile(all, 0.5),
    // With fewer deltas, the 99th percentile would simply be the slowest delta.
    ...(all.length >= 100 && { delay99Us: quantile(all, 0.99) }),
    busyPercent,
  };
}
