// Measures a contender with the share of a core that Lambda gives to a small memory size: first deltas, and the delay at a
// pace. The process starts with a full core, as on Lambda, where even the smallest function starts as fast as a large one:
// https://maxday.github.io/lambda-perf/
import type { ContenderBundle } from "../bundles.ts";
import { readStamped } from "../body-readers.ts";
import { median, quantile } from "../../statistics.ts";
import type { RunningContender } from "../running-contender.ts";
import type { Size } from "../run-size.ts";
import { withRunning, type Bench } from "./with-contender.ts";

const delayMs = 200;
const roundTripMs = 2;
/** Microseconds that the simulated link needs for a delta. They are subtracted, as is the model's delay. */
const linkUs = (roundTripMs / 2) * 1000;
const perSecond = 100;
const warmRequests = { tiny: 1, quick: 3, full: 5 } satisfies Record<Size, number>;
const counts = { tiny: 20, quick: 60, full: 100 } satisfies Record<Size, number>;

/** Makes the stage of one memory size. The keys of its figures end with the size. */
export function measureCpuShareOf(megabytes: number) {
  return async (bundle: ContenderBundle, bench: Bench): Promise<Record<string, number>> =>
    withRunning(bundle, { bench, roundTripMs, lambdaMegabytes: megabytes }, async (running) => {
      const cold = await firstDelta(running);
      const warm: number[] = [];
      for (let number = 0; number < warmRequests[bench.size]; number++) warm.push(await firstDelta(running));
      const paced = await pace(running, counts[bench.size]);
      const figures = { coldFirstDeltaMs: running.readyMs + cold, warmFirstDeltaMs: median(warm), ...paced };
      return Object.fromEntries(
        Object.entries(figures).map(([key, value]) => [`${key}Of${megabytes}Mb`, value]),
      );
    });
}

/** Resolves with the milliseconds to the first delta, without the model's delay. */
async function firstDelta(running: RunningContender): Promise<number> {
  const askedAt = performance.now();
  const { firstDeltaAt } = await readStamped(await running.ask({ deltas: 5, perSecond: 1000, delayMs }));
  await running.idle();
  return firstDeltaAt - askedAt - delayMs;
}

async function pace(running: RunningContender, deltas: number) {
  const before = await running.usage();
  const { delays } = await readStamped(await running.ask({ deltas, perSecond }));
  await running.idle();
  if (delays.length !== deltas)
    throw new Error(
      `Cannot measure the delay: found ${delays.length} of ${deltas} deltas; check the contender's output`,
    );
  const { cpuMs } = await running.usage();
  return {
    delayUs: quantile(delays, 0.5) - linkUs,
    delay99Us: quantile(delays, 0.99) - linkUs,
    shareCpuUs: ((cpuMs - before.cpuMs) * 1000) / deltas,
  };
}
