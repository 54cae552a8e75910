// Measures the time to the first delta in a warm process, for one request after the other. Bedrock is reached over TLS with
// a simulated round-trip time.
import type { ContenderBundle } from "../bundles.ts";
import { readStamped } from "../body-readers.ts";
import { median } from "../../statistics.ts";
import { withRunning, type Bench } from "./with-contender.ts";

const delayMs = 50;
const roundTripMs = 10;
const requests = { tiny: 2, quick: 5, full: 12 };
/** The first requests are not counted, because the process is still loading and compiling code. */
const notCounted = 3;

export async function measureWarmRequests(
  bundle: ContenderBundle,
  bench: Bench,
): Promise<Record<string, number>> {
  return withRunning(bundle, { bench, roundTripMs }, async (running) => {
    const times: number[] = [];
    let cpuBefore = 0;
    const count = requests[bench.size];
    for (let number = -notCounted; number < count; number++) {
      if (number === 0) cpuBefore = (await running.usage()).cpuMs;
      const askedAt = performance.now();
      const body = await running.ask({ deltas: 3, perSecond: 1000, delayMs });
      const { firstDeltaAt } = await readStamped(body);
      await running.idle();
      if (number >= 0) times.push(firstDeltaAt - askedAt - delayMs);
    }
    const { cpuMs } = await running.usage();
    return { warmFirstDeltaMs: median(times), warmCpuMs: (cpuMs - cpuBefore) / count };
  });
}
