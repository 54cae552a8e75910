// Compares the CPU time and the memory that the benchmark reads from outside a process with what the process itself reports.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { canMeasureProcesses, processUsage } from "../../scripts/bench/process-usage.ts";
import { waitFor } from "../support/deadline.ts";

const busyMs = 300;
const megabyte = 2 ** 20;

/** Prints the process's own figures, and then waits to be killed. */
const report = `
  const { Worker } = require("node:worker_threads");
  function report() {
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ cpuMs: (user + system) / 1000, peakBytes: process.resourceUsage().maxRSS * 1024 }));
    setInterval(() => {}, 1000);
  }`;
const busy = `for (const from = process.cpuUsage(); process.cpuUsage(from).user < ${busyMs * 1000}; ) for (let i = 0; i < 1e6; i++);`;
const busyThenWaiting = `${busy} setInterval(() => {}, 1000); require("node:worker_threads").parentPort.postMessage("");`;
const inWorker = (code: string) => `new Worker(${JSON.stringify(code)}, { eval: true })`;

/** Runs the program until it reports. Returns its report, and what was read from outside right after it. */
async function bothFigures(program: string) {
  const child = spawn(process.execPath, ["--expose-gc", "--eval", report + program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = await waitFor("The report", once(createInterface({ input: child.stdout }), "line"));
  const own = JSON.parse(line as string) as { cpuMs: number; peakBytes: number };
  return { own, read: await processUsage(child.pid!) };
}

describe.skipIf(!canMeasureProcesses)("the usage of a process", () => {
  test.each([
    ["its only thread", `${busy} report();`],
    ["a thread that is waiting", `${inWorker(busyThenWaiting)}.on("message", report);`],
    ["a thread that has ended", `${inWorker(busy)}.on("exit", report);`],
  ])("the usage of a process includes the CPU time of %s", async (_, program) => {
    const { own, read } = await bothFigures(program);
    expect(own.cpuMs).toBeGreaterThanOrEqual(busyMs);
    // If threads have ended, user time and system time are each rounded down to 10 ms. After its report, the process runs on for
    // a moment.
    expect(read.cpuMs).toBeGreaterThan(own.cpuMs - 20);
    expect(read.cpuMs).toBeLessThan(own.cpuMs + busyMs / 2);
  });

  test("the usage of a process includes freed memory in the peak, but not in the current memory", async () => {
    const { own, read } = await bothFigures(`
      let bytes = Buffer.alloc(${200 * megabyte}, 1);
      bytes = undefined;
      function wait() {
        gc();
        if (process.memoryUsage.rss() < ${100 * megabyte}) report();
        else setImmediate(wait);
      }
      setImmediate(wait);`);
    expect(Math.abs(read.peakBytes - own.peakBytes)).toBeLessThan(4 * megabyte);
    expect(read.peakBytes).toBeGreaterThan(200 * megabyte);
    expect(read.residentBytes).toBeLessThan(110 * megabyte);
  });

  test("the usage of a process cannot be read after the process has ended, and the error names the process", async () => {
    const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await waitFor("The exit", once(child, "exit"));
    await expect(processUsage(child.pid!)).rejects.toThrow(`/proc/${child.pid}/`);
  });
});
