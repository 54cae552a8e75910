// Measures a new process with a waiting request: the time until it is ready, until the first byte and the first delta.
import type { ContenderBundle } from "../bundles.ts";
import { readStamped } from "../body-readers.ts";
import { withRunning, type Bench } from "./with-contender.ts";

/** The model's delay, which is subtracted from the times. As with a real model, a contender can do work during it. */
const delayMs = 200;
const roundTripMs = 2;

export async function measureColdStart(
  bundle: ContenderBundle,
  bench: Bench,
): Promise<Record<string, number>> {
  return withRunning(bundle, { bench, roundTripMs }, async (running) => {
    const { cpuMs: readyCpuMs } = await running.usage();
    const askedAt = performance.now();
    const body = await running.ask({ deltas: 5, perSecond: 1000, delayMs });
    const { firstByteAt, firstDeltaAt } = await readStamped(body);
    await running.idle();
    const { cpuMs } = await running.usage();
    const firstDeltaMs = firstDeltaAt - askedAt - delayMs;
    return {
      readyMs: running.readyMs,
      readyCpuMs,
      coldFirstByteMs: running.readyMs + firstByteAt - askedAt - delayMs,
      coldFirstDeltaMs: running.readyMs + firstDeltaMs,
      coldCpuMs: cpuMs,
    };
  });
}
