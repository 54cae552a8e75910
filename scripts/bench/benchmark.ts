// Runs the benchmark once: builds the contenders, checks the output of each, and measures those whose output is right.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleContender, type ContenderBundle } from "./bundles.ts";
import { checkOutput } from "./check-output.ts";
import { contenders } from "./contenders.ts";
import { canMeasureProcesses } from "./process-usage.ts";
import { addCosts } from "./costs.ts";
import { findCpuLimiter } from "./cpu-limit/find-cpu-limiter.ts";
import { measureDeliveries } from "./deliveries/measure-deliveries.ts";
import { mostStreams } from "./machine-load.ts";
import type { StatusLine } from "../status-line.ts";
import type { LeftOut, Results } from "./results.ts";
import { runRounds } from "./rounds.ts";
import type { Size } from "./run-size.ts";
import type { Bench } from "./stages/with-contender.ts";
import { startUpstream } from "./upstream-process.ts";

export interface BenchmarkOptions {
  size: Size;
  /** The names of the contenders to measure. Default: all. */
  only: string[] | undefined;
  nodeExecutable: string;
  /** The command that builds the contenders in Rust. Default: `cargo`. */
  cargo?: string;
  status: StatusLine;
}

export async function runBenchmark({
  size,
  only,
  nodeExecutable,
  cargo = "cargo",
  status,
}: BenchmarkOptions): Promise<Results> {
  if (!canMeasureProcesses)
    throw new Error(`Cannot run the benchmark: found no /proc on ${process.platform}; run it on Linux`);
  const folder = await mkdtemp(join(tmpdir(), "deltapipe-benchmark-"));
  const upstream = await startUpstream(folder);
  try {
    const bench: Bench = {
      size,
      nodeExecutable,
      upstream,
      cpuLimiter: await findCpuLimiter(),
      mostStreams: mostStreams(),
    };
    const bundles: ContenderBundle[] = [];
    const leftOut: LeftOut[] = [];
    for (const contender of contenders.filter(({ name }) => only?.includes(name) ?? true)) {
      try {
        status.show(`Building ${contender.name}`);
        const bundle = await bundleContender(contender, { folder, nodeExecutable, cargo });
        await checkOutput(bundle, bench);
        bundles.push(bundle);
      } catch (error) {
        const { message } = error as Error;
        leftOut.push({ contender: contender.name, message });
        status.say(`Left out ${contender.name}: ${message}`);
      }
    }
    const results = await runRounds(bundles, { bench, status, leftOut });
    addCosts(results);
    results.notes.push(...conditionsOf(bench));
    if (results.names.includes("deltapipe")) {
      status.sayInLog("Measuring: deliveries");
      status.show("Measuring: deliveries");
      try {
        results.deliveries = await measureDeliveries(bench, folder);
      } catch (error) {
        // The contenders' figures took much longer to measure, so they are reported even without those of the deliveries.
        results.failures.push({ contender: "deltapipe", stage: "deliveries", message: String(error) });
      }
      status.clear();
    }
    return results;
  } finally {
    upstream.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function conditionsOf({ cpuLimiter, mostStreams }: Bench): string[] {
  const notes = [`This machine is assumed to bear at most ${mostStreams} streams at once.`];
  if ("means" in cpuLimiter) notes.push(`Shares of a core are enforced with ${cpuLimiter.means}.`);
  return notes;
}
