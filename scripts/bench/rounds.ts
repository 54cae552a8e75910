// Runs the stages round after round, the contenders in turn, so that whatever the machine does hits all alike.
import type { Bundle } from "./bundles.ts";
import type { Progress } from "./bench-progress.ts";
import { Results } from "./results.ts";
import type { Bench } from "./stages/stage.ts";
import { stages } from "./stages.ts";

export async function runRounds(bundles: Bundle[], bench: Bench, progress: Progress): Promise<Results> {
  const results = new Results(bundles.map(({ contender }) => contender.name));
  for (const { contender, bytes } of bundles) results.add(contender.name, { bundleKb: bytes / 1000 });
  const failed = new Set<Bundle>();
  progress.plan(stages.reduce((sum, { rounds }) => sum + rounds[bench.size] * bundles.length, 0));
  for (const { title, rounds, measure } of stages) {
    failed.clear();
    const count = rounds[bench.size];
    if (count > 0) progress.stage(title);
    for (let round = 0; round < count; round++) {
      for (const bundle of rotated(bundles, round)) {
        const { name } = bundle.contender;
        progress.step(`${title}, round ${round + 1} of ${count}: ${name}`);
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
  progress.done();
  return results;
}

/** Each round begins with another: none always runs on a machine that the same one has warmed. */
function rotated<T>(items: T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
