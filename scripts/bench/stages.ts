// The stages of a run. Each round of a stage measures every contender once.
import { measureBurst } from "./stages/burst.ts";
import { measureColdStart } from "./stages/cold-start.ts";
import { measureCpuShareOf } from "./stages/cpu-share.ts";
import { measureGrowth } from "./stages/growth.ts";
import { measureMemory } from "./stages/memory.ts";
import { measurePace } from "./stages/pace.ts";
import { measureStreamsAtOnce, streamLevels } from "./stages/streams-at-once.ts";
import { measureWarmRequests } from "./stages/warm-requests.ts";
import type { ContenderBundle } from "./bundles.ts";
import type { Size } from "./run-size.ts";
import type { Bench } from "./stages/with-contender.ts";

export interface Stage {
  title: string;
  rounds: Record<Size, number>;
  /** Returns the reason if this machine cannot run the stage. */
  missing?: (bench: Bench) => string | undefined;
  /** Resolves with the measured values by figure key. */
  measure: (bundle: ContenderBundle, bench: Bench) => Promise<Record<string, number>>;
}

/** Sizes with which Lambda gives less than a core: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const smallMemorySizes = [128, 256, 512];
/** The default in serverless.yml. A quick run and the tests measure only this size. */
const defaultMemorySize = 256;

export const stages: Stage[] = [
  { title: "cold start", rounds: { tiny: 1, quick: 4, full: 10 }, measure: measureColdStart },
  { title: "warm requests", rounds: { tiny: 1, quick: 2, full: 4 }, measure: measureWarmRequests },
  { title: "full speed", rounds: { tiny: 1, quick: 2, full: 4 }, measure: measureBurst },
  { title: "100 deltas a second", rounds: { tiny: 1, quick: 2, full: 7 }, measure: measurePace },
  { title: "memory", rounds: { tiny: 0, quick: 1, full: 2 }, measure: measureMemory },
  { title: "growing work", rounds: { tiny: 0, quick: 1, full: 1 }, measure: measureGrowth },
  ...smallMemorySizes.map((megabytes): Stage => ({
    title: `CPU share of ${megabytes} MB`,
    rounds: megabytes === defaultMemorySize ? { tiny: 1, quick: 1, full: 2 } : { tiny: 0, quick: 0, full: 2 },
    missing: ({ cpuLimiter }) => ("missing" in cpuLimiter ? cpuLimiter.missing : undefined),
    measure: measureCpuShareOf(megabytes),
  })),
  {
    title: "streams at once",
    rounds: { tiny: 1, quick: 1, full: 1 },
    missing: (bench) =>
      streamLevels(bench).length === 0 ? "not even one stream fits into the free memory" : undefined,
    measure: measureStreamsAtOnce,
  },
];
