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
  /** The limiter of this machine, or the reasons why it has none. */
  cpuLimiter: CpuLimiter | { missing: string };
  /** The number of streams that this machine can bear at once. */
  mostStreams: number;
}

interface RunOptions {
  bench: Bench;
  /** In milliseconds. If set, Bedrock is reached over TLS with this round-trip time; otherwise, over plain HTTP. */
  roundTripMs?: number;
  /**
   * In megabytes. If set, invocations get the share of a core that Lambda gives to this memory size. The start of the process
   * is not limited, as on Lambda. Otherwise, the process has a whole core, and enough memory for a contender that keeps the
   * complete answer.
   */
  lambdaMegabytes?: number;
}

/** The memory size of contenders without `lambdaMegabytes`. A large value does not slow the start down. */
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

/** The caller has to end the contender. */
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
