// Measures the delay and the CPU time that a contender adds to each delta at the pace of a fast model.
import type { ContenderBundle } from "../bundles.ts";
import { readStamped } from "../body-readers.ts";
import { quantile } from "../../statistics.ts";
import { withRunning, type Bench } from "./with-contender.ts";

/** The pace of a fast model, in deltas per second. The deliveries are measured at this pace, too. */
export const perSecond = 100;
const counts = { tiny: 30, quick: 60, full: 100 };
/** The first deltas are not counted, because the process is still compiling its code. */
const notCounted = 20;

export async function measurePace(bundle: ContenderBundle, bench: Bench): Promise<Record<string, number>> {
  return withRunning(bundle, { bench }, async (running) => {
    const deltas = counts[bench.size];
    await readStamped(await running.ask({ deltas: notCounted, perSecond }));
    await running.idle();
    const before = await running.usage();
    const { delays } = await readStamped(await running.ask({ deltas, perSecond }));
    await running.idle();
    const { cpuMs } = await running.usage();
    if (delays.length !== deltas)
      throw new Error(
        `Cannot measure the delay: found ${delays.length} of ${deltas} deltas; check the contender's output`,
      );
    return {
      paceDelayUs: quantile(delays, 0.5),
      paceDelay99Us: quantile(delays, 0.99),
      paceCpuUs: ((cpuMs - before.cpuMs) * 1000) / deltas,
    };
  });
}
