// Runs each stage in rounds, one contender after the other, so that disturbances of the machine affect all of them.
import type { ContenderBundle } from "./bundles.ts";
import type { StatusLine } from "../status-line.ts";
import { Results, type LeftOut } from "./results.ts";
import type { Bench } from "./stages/with-contender.ts";
import { stages } from "./stages.ts";

export async function runRounds(
  bundles: ContenderBundle[],
  { bench, status, leftOut }: { bench: Bench; status: StatusLine; leftOut: LeftOut[] },
): Promise<Results> {
  const results = new Results(
    bundles.map(({ contender }) => contender.name),
    { leftOut },
  );
  for (const { contender, bytes } of bundles) results.add(contender.name, { bundleKb: bytes / 1000 });
  const failed = new Set<ContenderBundle>();
  const steps = stages.reduce((sum, { rounds }) => sum + rounds[bench.size] * bundles.length, 0);
  let taken = 0;
  const startedAt = performance.now();
  for (const { title, rounds, missing, measure } of stages) {
    failed.clear();
    const count = rounds[bench.size];
    const reason = count > 0 ? missing?.(bench) : undefined;
    if (reason !== undefined) {
      results.missingStages.push({ stage: title, reason });
      taken += count * bundles.length;
      continue;
    }
    const elapsed = () => Math.round((performance.now() - startedAt) / 1000);
    if (count > 0) status.sayInLog(`Measuring after ${elapsed()} s: ${title}`);
    for (let round = 0; round < count; round++) {
      for (const bundle of rotated(bundles, round)) {
        const { name } = bundle.contender;
        const percent = Math.floor((taken++ / steps) * 100);
        status.show(`${percent} %, ${elapsed()} s: ${title}, round ${round + 1} of ${count}: ${name}`);
        if (failed.has(bundle)) continue;
        try {
          results.add(name, await measure(bundle, bench));
        } catch (error) {
          failed.add(bundle);
          results.failures.push({ contender: name, stage: title, message: String(error) });
        }
      }
    }
  }
  status.clear();
  return results;
}

/** Each round begins with a different contender, so that none always follows the same one. */
function rotated<T>(items: T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
