// Reads the CPU time and the memory of a process from /proc, so that all contenders are measured alike, whatever
// language they are written in, and nothing runs inside them.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";

export interface ProcessUsage {
  /** User and system time of all threads since the start of the process. */
  cpuMs: number;
  residentBytes: number;
  peakBytes: number;
}

/** Whether processes can be measured. Only Linux has these files. */
export const canMeasureProcesses = existsSync("/proc/self/stat");

/**
 * USER_HZ, the unit in /proc/<pid>/stat. It is 100 on all architectures for which there is Node, whatever the kernel's own HZ.
 */
const ticksPerSecond = 100;

/** Rejects with an error of `node:fs` if there is no such process. */
export async function processUsage(pid: number): Promise<ProcessUsage> {
  const [threadsMs, ticksMs, status] = await Promise.all([
    cpuMsOfThreads(pid),
    cpuMsInTicks(pid),
    readFile(`/proc/${pid}/status`, "utf8"),
  ]);
  return {
    // Neither is more than the true time, so the larger one is closer to it. The first lacks the threads that have ended. The
    // second is the sum of user and system time, each rounded down to 10 ms.
    cpuMs: Math.max(threadsMs, ticksMs),
    residentBytes: bytesOf(status, "VmRSS"),
    peakBytes: bytesOf(status, "VmHWM"),
  };
}

/**
 * The sum over the running threads, exact to the nanosecond. 0 if the kernel does not have these files.
 * https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
 */
async function cpuMsOfThreads(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(
    threads.map((thread) => nanosecondsOf(`/proc/${pid}/task/${thread}/schedstat`)),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}

async function nanosecondsOf(file: string): Promise<number> {
  try {
    return Number((await readFile(file, "utf8")).split(" ")[0]);
  } catch {
    // The thread has just ended, and its time is in the other sum. Or the kernel was built without these files.
    return 0;
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: utime and stime. */
async function cpuMsInTicks(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The second field is the name in parentheses, which may contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function bytesOf(status: string, field: "VmRSS" | "VmHWM"): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  if (kilobytes === undefined)
    throw new Error(
      `Cannot measure a process: its status has no ${field}, so it has just ended; read its log`,
    );
  return Number(kilobytes) * 1024;
}
