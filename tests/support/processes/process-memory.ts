// The memory of another process, where the system tells.
import { readFileSync } from "node:fs";

/** The most resident memory it ever had, in kilobytes; undefined where there is no /proc. */
export function peakMemory(pid: number): number | undefined {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes);
  } catch {
    return undefined;
  }
}
