// Runs a contender for a stage and ends it afterwards.
import type { ContenderBundle } from "../bundles.ts";
import { startContender, type RunningContender } from "../running-contender.ts";
import type { Size } from "../run-size.ts";
import type { UpstreamProcess } from "../upstream-process.ts";

export interface Bench {
  size: Size;
  nodeExecutable: string;
  upstream: UpstreamProcess;
}

/** Megabytes. Enough for a contender that keeps the complete answer in memory. A large value does not slow the start down. */
const memorySize = 1024;

/** With `roundTripMs`, Bedrock is reached over TLS with that round-trip time; without it, over plain HTTP. */
export async function withRunning<T>(
  bundle: ContenderBundle,
  { bench, roundTripMs }: { bench: Bench; roundTripMs?: number },
  use: (running: RunningContender) => Promise<T>,
): Promise<T> {
  const { plain, tls, certificateFile, rootsFile } = bench.upstream;
  const upstreamUrl = roundTripMs === undefined ? plain : tls[roundTripMs];
  if (upstreamUrl === undefined)
    throw new Error(
      `Cannot run ${bundle.contender.name}: no upstream has a round trip of ${roundTripMs} ms; add it in scripts/bench/upstream.ts`,
    );
  const { nodeExecutable } = bench;
  const files = { certificateFile, rootsFile };
  const running = await startContender(bundle, { nodeExecutable, memorySize, upstreamUrl, ...files });
  try {
    return await use(running);
  } finally {
    await running.end();
  }
}
