// Runs the process of an execution environment, ends it if it exceeds its memory size, and reports how it ended.
import type { ChildProcess } from "node:child_process";
import { describeExit } from "./failure-log.ts";
import { watchMemory, type MemoryWatch } from "./memory-limit.ts";
import { spawnRuntime, type ProcessOptions } from "./runtime-process.ts";

export interface MonitoredProcess {
  readonly pid: number | undefined;
  /** Measures the memory now, in addition to the regular measurements. */
  checkMemory(): void;
  /** Stops the measurements. Called when the process has ended. */
  stopMonitoring(): void;
  kill(): void;
}

export interface ProcessEvents {
  /** `status` is worded as in Lambda's log. Also called, with Node's message, if the process could not be started. */
  onExit: (status: string) => void;
  /** Called once, while the process is still running. `report` gives the memory size and use in the words of Lambda's log. */
  onMemoryExceeded: (report: string) => void;
}

/**
 * Throws if `spawn` throws, for example when no memory is left. When no process or file descriptor is left, the child emits an
 * error instead, and `onExit` is called.
 */
export function startMonitoredProcess(options: ProcessOptions, events: ProcessEvents): MonitoredProcess {
  const child = spawnRuntime(options);
  child.once("exit", (code, signal) => events.onExit(describeExit(code, signal)));
  child.once("error", (error) => events.onExit(error.message));
  const watch = watchProcess(child, options.function.memorySize, events);
  return {
    pid: child.pid,
    checkMemory: () => watch?.check(),
    stopMonitoring: () => watch?.stop(),
    kill: () => void child.kill("SIGKILL"),
  };
}

function watchProcess(
  { pid }: ChildProcess,
  memorySize: number,
  { onMemoryExceeded }: ProcessEvents,
): MemoryWatch | undefined {
  if (pid === undefined) return undefined;
  return watchMemory(pid, memorySize, (used) => {
    onMemoryExceeded(`Memory Size: ${memorySize} MB, Max Memory Used: ${used} MB`);
  });
}
