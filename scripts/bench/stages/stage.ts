// What every stage needs to run a contender.
import type { Bundle } from "../bundles.ts";
import { run, type Running } from "../running.ts";
import type { Size } from "../stages.ts";
import type { UpstreamProcess } from "../upstream-process.ts";

export interface Bench {
  size: Size;
  nodeExecutable: string;
  upstream: UpstreamProcess;
}

/** Enough for the contender that keeps the whole answer in memory; a start is no slower for it. */
const memorySize = 1024;

/** `roundTripMs` is over TLS; without it the connection is bare, at no distance. */
export async function withRunning<T>(
  bundle: Bundle,
  { bench, roundTripMs }: { bench: Bench; roundTripMs?: number },
  use: (running: Running) => Promise<T>,
): Promise<T> {
  const { plain, tls, certificateFile } = bench.upstream;
  const upstreamUrl = roundTripMs === undefined ? plain : tls[roundTripMs];
  if (upstreamUrl === undefined) throw new Error(`There is no upstream ${roundTripMs} ms away`);
  const { nodeExecutable } = bench;
  const running = await run(bundle, { nodeExecutable, memorySize, upstreamUrl, certificateFile });
  try {
    return await use(running);
  } finally {
    await running.end();
  }
}
