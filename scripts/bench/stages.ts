// The stages of a run. Each round of a stage measures every contender once.
import { measureBurst } from "./stages/burst.ts";
import { measureColdStart } from "./stages/cold-start.ts";
import { measureGrowth } from "./stages/growth.ts";
import { measureMemory } from "./stages/memory.ts";
import { measurePace } from "./stages/pace.ts";
import { measureWarmRequests } from "./stages/warm-requests.ts";
import type { ContenderBundle } from "./bundles.ts";
import type { Size } from "./run-size.ts";
import type { Bench } from "./stages/with-contender.ts";

export interface Stage {
  title: string;
  rounds: Record<Size, number>;
  /** Resolves with the measured values by figure key. */
  measure: (bundle: ContenderBundle, bench: Bench) => Promise<Record<string, number>>;
}

export const stages: Stage[] = [
  { title: "cold start", rounds: { tiny: 1, quick: 5, full: 15 }, measure: measureColdStart },
  { title: "warm requests", rounds: { tiny: 1, quick: 2, full: 5 }, measure: measureWarmRequests },
  { title: "full speed", rounds: { tiny: 1, quick: 2, full: 5 }, measure: measureBurst },
  { title: "100 deltas a second", rounds: { tiny: 1, quick: 3, full: 15 }, measure: measurePace },
  { title: "memory", rounds: { tiny: 0, quick: 1, full: 3 }, measure: measureMemory },
  { title: "growing work", rounds: { tiny: 0, quick: 1, full: 1 }, measure: measureGrowth },
];
