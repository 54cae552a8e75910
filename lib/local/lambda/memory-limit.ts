// Watches the memory of an environment's process, where the system tells it.
//
// Lambda bounds the sandbox, not the heap: buffers and code count as well. What its reports call "Max Memory Used" is
// about the process's resident memory, also for an idle function. The kernel keeps the peak of that, so that nothing
// is missed between two looks; only the end comes up to a check later than on Lambda.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
import { readFileSync } from "node:fs";

const intervalMs = 100;

export interface MemoryWatch {
  /** Checks now, besides the regular checks. */
  check(): void;
  stop(): void;
}

/** Calls back once, with the megabytes of the peak, when it is above the limit. Does nothing where there is no /proc. */
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
    // No /proc, or no process any more: then its exit tells.
    return undefined;
  }
}
