// One run: builds the contenders, checks that each does its job, and measures those that do.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { availableContenders, bundleContender, type Bundle } from "./bundles.ts";
import { checkOutput } from "./check.ts";
import type { Progress } from "./bench-progress.ts";
import type { Results } from "./results.ts";
import { runRounds } from "./rounds.ts";
import type { Size } from "./stages.ts";
import { startUpstream } from "./upstream-process.ts";

export interface BenchmarkOptions {
  size: Size;
  /** Default: all whose packages are installed. */
  only: string[] | undefined;
  nodeExecutable: string;
  progress: Progress;
}

export async function runBenchmark({
  size,
  only,
  nodeExecutable,
  progress,
}: BenchmarkOptions): Promise<Results> {
  const folder = await mkdtemp(join(tmpdir(), "deltapipe-benchmark-"));
  const upstream = await startUpstream(folder);
  try {
    const bench = { size, nodeExecutable, upstream };
    const bundles: Bundle[] = [];
    for (const contender of availableContenders(only)) {
      const bundle = await bundleContender(contender, folder);
      try {
        await checkOutput(bundle, bench);
        bundles.push(bundle);
      } catch (error) {
        progress.say(`Left out: ${String(error)}`);
      }
    }
    return await runRounds(bundles, bench, progress);
  } finally {
    upstream.close();
    await rm(folder, { recursive: true, force: true });
  }
}
