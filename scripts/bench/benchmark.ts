// Runs the benchmark once: bundles the contenders, checks the output of each, and measures those whose output is right.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { availableContenders, bundleContender, type ContenderBundle } from "./bundles.ts";
import { checkOutput } from "./check-output.ts";
import { canMeasureProcesses } from "./process-usage.ts";
import type { StatusLine } from "../status-line.ts";
import type { Results } from "./results.ts";
import { runRounds } from "./rounds.ts";
import type { Size } from "./run-size.ts";
import { startUpstream } from "./upstream-process.ts";

export interface BenchmarkOptions {
  size: Size;
  /** The names of the contenders to measure. Default: all whose packages are installed. */
  only: string[] | undefined;
  nodeExecutable: string;
  status: StatusLine;
}

export async function runBenchmark({
  size,
  only,
  nodeExecutable,
  status,
}: BenchmarkOptions): Promise<Results> {
  if (!canMeasureProcesses)
    throw new Error(`Cannot run the benchmark: found no /proc on ${process.platform}; run it on Linux`);
  const folder = await mkdtemp(join(tmpdir(), "deltapipe-benchmark-"));
  const upstream = await startUpstream(folder);
  try {
    const bench = { size, nodeExecutable, upstream };
    const bundles: ContenderBundle[] = [];
    for (const contender of availableContenders(only)) {
      const bundle = await bundleContender(contender, folder);
      try {
        await checkOutput(bundle, bench);
        bundles.push(bundle);
      } catch (error) {
        status.say(`Left out: ${(error as Error).message}`);
      }
    }
    return await runRounds(bundles, bench, status);
  } finally {
    upstream.close();
    await rm(folder, { recursive: true, force: true });
  }
}
