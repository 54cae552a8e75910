// A new process with a request waiting for it: until it is ready, its first byte, its first delta.
import type { Bundle } from "../bundles.ts";
import { readStamped } from "../reading.ts";
import { withRunning, type Bench } from "./stage.ts";

/** The model's own time, which is taken off: as long as a fast model's, so that what is slow may hide in it. */
const delayMs = 200;
const roundTripMs = 2;

export async function measureColdStart(bundle: Bundle, bench: Bench): Promise<Record<string, number>> {
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
