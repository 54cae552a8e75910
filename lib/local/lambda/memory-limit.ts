// Watches the memory of a process, on systems that have /proc.
//
// Lambda limits all memory of an execution environment, not only the heap: buffers and code count as well. The figure "Max Memory
// Used" in Lambda's log is roughly the resident memory of the process. The kernel records the peak, so a peak between two checks
// is not missed. The process is ended at most one interval later than on Lambda.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
import { readFileSync } from "node:fs";

const intervalMs = 100;

export interface MemoryWatch {
  /** Checks now, in addition to the regular checks. */
  check(): void;
  stop(): void;
}

/** Calls back once, with the peak in megabytes, when the peak exceeds the limit. Does nothing without /proc. */
export function watchMemory(
  pid: number,
  limitMegabytes: number,
  onExceeded: (usedMegabytes: number) => void,
): MemoryWatch {
  const timer = setInterval(check, intervalMs).unref();

  function check(): void {
    const used = peakMegabytes(pid);
    if (used === undefined || used <= limitMegabytes) return;
    clearInterval(timer);
    onExceeded(used);
  }

  return { check, stop: () => clearInterval(timer) };
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html: VmHWM, the peak of VmRSS. */
function peakMegabytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? undefined : Math.ceil(Number(kilobytes) / 1024);
  } catch {
    // There is no /proc, or the process has ended, which its exit event reports.
    return undefined;
  }
}
