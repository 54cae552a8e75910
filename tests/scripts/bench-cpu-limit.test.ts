// Tests the benchmark's limits of CPU time: the limits hold, they leave nothing behind, and some machines cannot have them.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { createCgroupLimiter, removeAbandoned } from "../../scripts/bench/cpu-limit/cgroup-limiter.ts";
import { lambdaShare, type CpuLimiter } from "../../scripts/bench/cpu-limit/cpu-limiter.ts";
import { findCpuLimiter } from "../../scripts/bench/cpu-limit/find-cpu-limiter.ts";
import { createSignalLimiter } from "../../scripts/bench/cpu-limit/signal-limiter.ts";
import { withRunning, type Bench } from "../../scripts/bench/stages/with-contender.ts";
import { waitFor } from "../support/deadline.ts";

const typescript = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const busyMs = 200;
const share = 0.2;

/** Reports the milliseconds that it took to use `busyMs` of CPU time. */
const busyProgram = `process.on("message", () => {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  for (let used = 0; used < ${busyMs * 1000}; ) {
    for (let number = 0; number < 1e5; number++);
    const { user, system } = process.cpuUsage(before);
    used = user + system;
  }
  process.send(performance.now() - startedAt);
});
process.send("ready");`;

const available: [string, CpuLimiter][] = [];
for (const create of [createCgroupLimiter, createSignalLimiter]) {
  // A kind that this machine does not have is not tested. The benchmark then uses the other kind.
  const limiter = await create().catch(() => undefined);
  if (limiter) available.push([limiter.means, limiter]);
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "deltapipe-bench-test-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

async function startBusy(): Promise<ChildProcess> {
  const file = join(await folder(), "busy.cjs");
  await writeFile(file, busyProgram);
  const child = fork(file, { execArgv: [] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await waitFor("The start of the busy process", once(child, "message"));
  return child;
}

async function endedProcess(): Promise<number> {
  const child = await startBusy();
  child.kill("SIGKILL");
  await waitFor("The exit", once(child, "exit"));
  return child.pid!;
}

/** The benchmark's control groups that exist now, in the folders of all hierarchies. */
async function groups(): Promise<string[]> {
  const folders = ["/sys/fs/cgroup", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/unified"];
  const names = await Promise.all(folders.map((path) => readdir(path).catch(() => [])));
  return names.flat().filter((name) => name.startsWith(`deltapipe-benchmark-${process.pid}-`));
}

describe.each(available)("%s", (_, limiter) => {
  test("a limit keeps a busy process to its share of a core", async () => {
    const child = await startBusy();
    const remove = await limiter.limit(child.pid!, share);
    const took = waitFor("The end of the work", once(child, "message"));
    child.send("go");
    const [milliseconds] = (await took) as [number];
    child.kill("SIGKILL");
    await waitFor("The removal of the limit", remove());
    // There is no upper bound, because the work takes longer on a busy machine. The lower bound is loose: the first period's
    // budget is spent without waiting, and the work can end without the wait at the end of the last period.
    expect(milliseconds).toBeGreaterThan((busyMs / share) * 0.6);
    expect(await groups()).toEqual([]);
  });

  test("a limit leaves nothing behind when the limited process dies", async () => {
    const child = await startBusy();
    const remove = await limiter.limit(child.pid!, share);
    child.send("go");
    child.kill("SIGKILL");
    await waitFor("The exit", once(child, "exit"));
    await waitFor("The removal of the limit", remove());
    expect(await groups()).toEqual([]);
  });

  test("a limit cannot be set for a process that has ended", async () => {
    await expect(limiter.limit(await endedProcess(), share)).rejects.toThrow("ESRCH");
    expect(await groups()).toEqual([]);
  });
});

test("when the benchmark exits, a process that its limit has stopped is killed", async () => {
  const child = await startBusy();
  const limiter = new URL("../../scripts/bench/cpu-limit/signal-limiter.ts", import.meta.url).href;
  const program = join(await folder(), "limit.mts");
  await writeFile(
    program,
    `const { createSignalLimiter } = await import(${JSON.stringify(limiter)});
    await (await createSignalLimiter()).limit(${child.pid}, ${share});
    process.exit();`,
  );
  const ended = once(child, "exit");
  fork(program, { execArgv: ["--import", typescript] });
  const [, signal] = await waitFor("The end of the limited process", ended);
  expect(signal).toBe("SIGKILL");
});

test("the control groups of benchmarks that were killed are removed", async () => {
  const base = await folder();
  const hierarchy = join(base, "hierarchy");
  const abandoned = `deltapipe-benchmark-${await endedProcess()}-1`;
  const used = `deltapipe-benchmark-${process.pid}-1000`;
  for (const group of [abandoned, used]) await mkdir(join(hierarchy, group), { recursive: true });
  await removeAbandoned({ version: "v2", folder: hierarchy });
  expect(await readdir(hierarchy)).toEqual([used]);
});

describe("a machine", () => {
  const failing = (reason: string) => () => Promise.reject(new Error(reason));
  const limiter: CpuLimiter = { means: "a limiter", limit: () => Promise.reject(new Error("not used")) };

  test("a machine without the first means to limit CPU time uses the second", async () => {
    expect(await findCpuLimiter([failing("no cgroup"), async () => limiter])).toBe(limiter);
  });

  test("on a machine without any means to limit CPU time, the result has the reason why each of them is missing", async () => {
    const reasons = { missing: "no cgroup; no signals" };
    expect(await findCpuLimiter([failing("no cgroup"), failing("no signals")])).toEqual(reasons);
  });

  test("a machine whose mounts have no CPU controller cannot use control groups", async () => {
    const mounts = join(await folder(), "mounts");
    await writeFile(mounts, "proc /proc proc rw 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n");
    await expect(createCgroupLimiter(mounts)).rejects.toThrow("has none with the CPU controller");
  });

  test.each([
    ["cgroup2", "rw"],
    ["cgroup", "rw,cpu"],
  ])(
    "a machine whose %s has no files for a CPU limit cannot use control groups, and keeps no group",
    async (type, options) => {
      const base = await folder();
      const hierarchy = join(base, "hierarchy");
      await mkdir(hierarchy);
      await writeFile(join(base, "mounts"), `cgroup ${hierarchy} ${type} ${options} 0 0\n`);
      await expect(createCgroupLimiter(join(base, "mounts"))).rejects.toThrow(
        "Cannot use control groups: ENOENT",
      );
      expect(await readdir(hierarchy)).toEqual([]);
    },
  );

  test("a machine without the CPU times of threads cannot limit with signals", async () => {
    await expect(createSignalLimiter(await folder())).rejects.toThrow("has no schedstat of threads");
  });
});

test("a function of 1769 MB has one core, and a function of 128 MB has 7 % of a core", () => {
  expect(lambdaShare(1769)).toBe(1);
  expect(lambdaShare(128)).toBeCloseTo(0.0724, 4);
});

describe.each(available)("a contender with %s", (_, cpuLimiter) => {
  /** Runs the handler with the CPU share and the memory of a function of 128 MB, and sends it one request. */
  async function ask(handler: string): Promise<unknown> {
    const taskRoot = await folder();
    await writeFile(join(taskRoot, "handler.mjs"), `export const handler = ${handler};`);
    const contender = { name: "fragile", entry: "", bundle: "defaults", needs: [], textOf: String } as const;
    const bundle = { contender: { ...contender, needs: [] }, taskRoot, handler: "handler.handler", bytes: 0 };
    const upstream = { plain: "http://127.0.0.1:9", tls: {}, certificateFile: "", rootsFile: "", close() {} };
    const bench: Bench = {
      size: "tiny",
      nodeExecutable: process.execPath,
      upstream,
      cpuLimiter,
      mostStreams: 1,
    };
    const answer = withRunning(bundle, { bench, lambdaMegabytes: 128 }, async (running) => {
      await running.ask({ deltas: 1 });
    });
    return waitFor("The end of the contender", answer);
  }

  test("a contender that exits is reported, and leaves no limit behind", async () => {
    await expect(ask("awslambda.streamifyResponse(() => process.exit(3))")).rejects.toThrow(
      "Runtime exited with error: exit status 3",
    );
    expect(await groups()).toEqual([]);
  });

  test("a contender that needs more than the memory size is ended, and the error has both sizes", async () => {
    const greedy =
      "awslambda.streamifyResponse(async () => { Buffer.alloc(200e6, 1); await new Promise(() => {}); })";
    await expect(ask(greedy)).rejects.toThrow(/Memory Size: 128 MB, Max Memory Used: \d{3} MB/);
    expect(await groups()).toEqual([]);
  });
});
