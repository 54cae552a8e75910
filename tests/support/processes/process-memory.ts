// Reads the memory of another process, on systems with /proc.
import { readFileSync } from "node:fs";

/** The process's peak resident memory in kilobytes. Undefined on systems without /proc. */
export function peakMemory(pid: number): number | undefined {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes);
  } catch {
    return undefined;
  }
}
