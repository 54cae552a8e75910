// Finds a means to limit the CPU time of a process on this machine.
import { createCgroupLimiter } from "./cgroup-limiter.ts";
import type { CpuLimiter } from "./cpu-limiter.ts";
import { createSignalLimiter } from "./signal-limiter.ts";

/** Resolves with the best limiter of this machine, or with the reasons why there is none. */
export async function findCpuLimiter(
  creators: (() => Promise<CpuLimiter>)[] = [createCgroupLimiter, createSignalLimiter],
): Promise<CpuLimiter | { missing: string }> {
  const reasons: string[] = [];
  for (const create of creators) {
    try {
      return await create();
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  return { missing: reasons.join("; ") };
}
