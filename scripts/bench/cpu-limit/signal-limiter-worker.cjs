// The thread that stops and continues a process. Plain JavaScript, because a worker thread starts without the TypeScript loader.
"use strict";
const { readFileSync, readdirSync } = require("node:fs");
const { parentPort, workerData } = require("node:worker_threads");

const { pid, share, periodMs, stop } = workerData;
const budgetMs = share * periodMs;
/**
 * Milliseconds between two readings of the CPU time. A reading takes some 50 µs, so much shorter intervals would take up a core.
 */
const stepMs = 0.5;

parentPort.postMessage("started");
try {
  // Time that was spent above the budget of one period is taken from the next budget, as with control groups.
  let debtMs = 0;
  while (Atomics.load(stop, 0) === 0) debtMs = Math.max(0, debtMs + runPeriod(debtMs) - budgetMs);
} catch (error) {
  // The process has ended, so there is nothing left to limit. Its parent sees the exit.
  if (error.code !== "ESRCH" && error.code !== "ENOENT") throw error;
}

/** Returns the CPU time that the process used in the period. */
function runPeriod(debtMs) {
  const endsAt = performance.now() + periodMs;
  const threads = readdirSync(`/proc/${pid}/task`);
  const usedBefore = cpuMs(threads);
  let used = 0;
  if (debtMs < budgetMs) {
    process.kill(pid, "SIGCONT");
    while (used + debtMs < budgetMs && performance.now() < endsAt && wait(stepMs)) {
      used = cpuMs(threads) - usedBefore;
    }
    if (used + debtMs >= budgetMs) process.kill(pid, "SIGSTOP");
  }
  wait(endsAt - performance.now());
  return used;
}

/** Returns false if the limit is being removed. */
function wait(milliseconds) {
  return milliseconds <= 0 || Atomics.wait(stop, 0, 0, milliseconds) === "timed-out";
}

/** The sum over the threads. https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat */
function cpuMs(threads) {
  return threads.reduce((sum, thread) => sum + nanosecondsOf(thread), 0) / 1e6;
}

function nanosecondsOf(thread) {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]);
  } catch (error) {
    // The thread has ended. If the process has ended as well, the next signal to it fails.
    if (error.code === "ESRCH" || error.code === "ENOENT") return 0;
    throw error;
  }
}
