// Limits the CPU time of a process where control groups cannot be used: stops it with a signal when its budget is spent, and
// continues it in the next period.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { periodMs, type CpuLimiter } from "./cpu-limiter.ts";

const worker = fileURLToPath(new URL("signal-limiter-worker.cjs", import.meta.url));

/** Rejects on systems whose kernel does not report the CPU time of threads. `processes` is the folder in which it does so. */
export async function createSignalLimiter(processes = "/proc"): Promise<CpuLimiter> {
  if (!existsSync(`${processes}/self/task/${process.pid}/schedstat`))
    throw new Error(`Cannot limit CPU time with signals: ${processes} has no schedstat of threads`);
  return {
    means: `SIGSTOP and SIGCONT (periods of ${periodMs} ms)`,
    async limit(pid, share) {
      process.kill(pid, 0);
      const stop = new Int32Array(new SharedArrayBuffer(4));
      // A thread of its own, because it has to wait for fractions of a millisecond.
      const thread = new Worker(worker, { workerData: { pid, share, periodMs, stop }, execArgv: [] });
      const ended = once(thread, "exit");
      // Without a listener, an error of the thread would end this process. It is thrown when the limit is removed.
      ended.catch(() => undefined);
      await once(thread, "message");
      // A process that stands still would not notice that the benchmark has ended.
      const onExit = () => killIfRunning(pid);
      process.once("exit", onExit);
      return async () => {
        process.off("exit", onExit);
        Atomics.store(stop, 0, 1);
        Atomics.notify(stop, 0);
        await ended;
      };
    },
  };
}

function killIfRunning(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
