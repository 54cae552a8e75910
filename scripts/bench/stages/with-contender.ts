// Runs a contender for a stage and ends it afterwards.
import type { ContenderBundle } from "../bundles.ts";
import { lambdaShare, type CpuLimiter } from "../cpu-limit/cpu-limiter.ts";
import { startContender, type RunningContender } from "../running-contender.ts";
import type { Size } from "../run-size.ts";
import type { UpstreamProcess } from "../upstream-process.ts";

export interface Bench {
  size: Size;
  nodeExecutable: string;
  upstream: UpstreamProcess;
  /** Or the reasons why this machine has none. */
  cpuLimiter: CpuLimiter | { missing: string };
  /** The number of streams that this machine can bear at once. */
  mostStreams: number;
}

interface RunOptions {
  bench: Bench;
  /** Milliseconds. With it, Bedrock is reached over TLS with that round-trip time; without it, over plain HTTP. */
  roundTripMs?: number;
  /**
   * Megabytes. With it, invocations get Lambda's share of a core for that memory size. The start of the process does not,
   * because Lambda does not limit it either. Without it, the process has a core, and enough memory for a contender that keeps
   * the complete answer.
   */
  lambdaMegabytes?: number;
}

/** A large value does not slow the start down. */
const ampleMegabytes = 1024;

export async function withRunning<T>(
  bundle: ContenderBundle,
  options: RunOptions,
  use: (running: RunningContender) => Promise<T>,
): Promise<T> {
  const running = await startRunning(bundle, options);
  const { bench, lambdaMegabytes } = options;
  let removeLimit: (() => Promise<void>) | undefined;
  try {
    if (lambdaMegabytes !== undefined) removeLimit = await limitCpu(bench, running.pid, lambdaMegabytes);
    return await use(running);
  } finally {
    await running.end();
    await removeLimit?.();
  }
}

/** The caller has to end it. */
export async function startRunning(
  bundle: ContenderBundle,
  { bench, roundTripMs, lambdaMegabytes: memorySize = ampleMegabytes }: RunOptions,
): Promise<RunningContender> {
  const { plain, tls, certificateFile, rootsFile } = bench.upstream;
  const upstreamUrl = roundTripMs === undefined ? plain : tls[roundTripMs];
  if (upstreamUrl === undefined)
    throw new Error(
      `Cannot run ${bundle.contender.name}: no upstream has a round trip of ${roundTripMs} ms; add it in scripts/bench/upstream.ts`,
    );
  const { nodeExecutable } = bench;
  const files = { certificateFile, rootsFile };
  return startContender(bundle, { nodeExecutable, memorySize, upstreamUrl, ...files });
}

function limitCpu({ cpuLimiter }: Bench, pid: number, megabytes: number): Promise<() => Promise<void>> {
  if ("missing" in cpuLimiter) throw new Error(`Cannot limit CPU time: ${cpuLimiter.missing}`);
  return cpuLimiter.limit(pid, lambdaShare(megabytes));
}
