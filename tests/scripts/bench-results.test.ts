// Tests the benchmark's results without a run: ratios, targets, costs, and the tables that are written into the README.
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { addCosts, costsOf } from "../../scripts/bench/costs.ts";
import { deliveryFigures, shown } from "../../scripts/bench/figures.ts";
import { mostStreams } from "../../scripts/bench/machine-load.ts";
import { report } from "../../scripts/bench/report.ts";
import { Results } from "../../scripts/bench/results.ts";
import { runRounds } from "../../scripts/bench/rounds.ts";
import { streamLevels } from "../../scripts/bench/stages/streams-at-once.ts";
import { verdicts } from "../../scripts/bench/targets.ts";
import { publishedFiles, writeResults } from "../../scripts/bench/write-results.ts";

describe("results", () => {
  const made = new Results(["floor", "deltapipe", "sdk"]);
  for (const slow of [1, 5, 1]) {
    made.add("floor", { burstCpuUs: 2 * slow });
    made.add("deltapipe", { burstCpuUs: 3 * slow });
    made.add("sdk", { burstCpuUs: 12 * slow });
  }

  test("results are compared round by round, so that a slow round has no effect", () => {
    expect(made.ratio("deltapipe", "floor", "burstCpuUs")).toBe(1.5);
    expect(verdicts(made).map(({ met }) => met)).toEqual([true, true]);
  });

  test("the report names the figures for which the machine was too busy", () => {
    expect(made.noisyFigures.map(({ key }) => key)).toEqual(["burstCpuUs"]);
    expect(report(made)).toContain("too busy to measure: CPU per delta, full speed");
  });

  test("the report names the missed targets", () => {
    const missed = new Results(["floor", "deltapipe", "sdk"]);
    missed.add("floor", { burstCpuUs: 2, cpuUsOf1000: 1, cpuUsOf10000: 1 });
    missed.add("deltapipe", { burstCpuUs: 4.2, cpuUsOf1000: 3, cpuUsOf10000: 4, growthMegabytes: 17 });
    missed.add("sdk", { burstCpuUs: 5 });
    expect(verdicts(missed).filter(({ met }) => met)).toEqual([]);
    expect(verdicts(missed).length).toBe(4);
    expect(report(missed)).toContain("MISSED");
  });

  test("the report names the contender that failed", () => {
    const failed = new Results(["floor", "deltapipe"]);
    failed.add("floor", { burstCpuUs: 2 });
    failed.failures.push({ contender: "deltapipe", stage: "full speed", message: "Error: gone" });
    expect(report(failed)).toContain("deltapipe failed at full speed: Error: gone");
  });
});

describe("the target for answers that are kept", () => {
  const kept = "Function URL, answer kept";

  function verdictOf(delays: Record<string, number[]>) {
    const results = new Results(["floor", "deltapipe"]);
    results.deliveries = new Results(Object.keys(delays), { base: "Function URL", figures: deliveryFigures });
    for (const [name, values] of Object.entries(delays))
      for (const delayUs of values) results.deliveries.add(name, { delayUs });
    return verdicts(results);
  }

  test.each([
    [1300, "+ 1000 µs", true],
    [1301, "+ 1001 µs", false],
    [250, "− 50 µs", true],
  ])("the target compares a delay of %i µs with the Function URL's 300 µs", (delay, found, met) => {
    const target = "delay of a delta, answer kept: at most Function URL + 1 ms";
    expect(verdictOf({ "Function URL": [300], [kept]: [delay] })).toEqual([{ target, found, met }]);
  });

  test("the target compares the delays within each round, so that a slow round has no effect", () => {
    const found = verdictOf({ "Function URL": [300, 9000, 300], [kept]: [400, 9100, 400] });
    expect(found).toMatchObject([{ found: "+ 100 µs", met: true }]);
  });

  test("the target is left out if the delivery was not measured", () => {
    expect(verdictOf({ "Function URL": [300], [kept]: [] })).toEqual([]);
  });
});

describe("costs", () => {
  const small = { peakMegabytes: 60, cpuMsOfSecond: 50, addedMs: 0, readyMs: 100 };

  test("the costs of a million streams are the price of duration times memory size, plus that of the requests", () => {
    const { memorySize, streamDollars, coldDollars } = costsOf(small);
    expect(memorySize).toBe(128);
    // 10 s × 0.125 GB × $0.0000133334, and $0.20 for a million requests.
    expect(streamDollars).toBeCloseTo(16.67 + 0.2, 2);
    // 1 % of a million × 0.1 s × 0.125 GB × $0.0000133334.
    expect(coldDollars).toBeCloseTo(0.0017, 4);
  });

  test("the costs include the time that the contender adds, and a memory size with room above the peak", () => {
    const { memorySize, streamDollars } = costsOf({ ...small, peakMegabytes: 200.1, addedMs: 10_000 });
    expect(memorySize).toBe(251);
    expect(streamDollars).toBeCloseTo((20 * 251 * 13.3334) / 1024 + 0.2, 2);
  });

  test("the costs include a memory size whose share of a core is enough to keep up with the model", () => {
    // 10 % of the core that comes with 1769 MB.
    expect(costsOf({ ...small, cpuMsOfSecond: 100 }).memorySize).toBe(Math.ceil(176.9 * 1.25));
  });

  test("the costs are added only for contenders with all measurements", () => {
    const results = new Results(["floor", "sdk"]);
    results.add("floor", { megabytesOf1: 60, paceCpuUs: 400, warmFirstDeltaMs: 12, readyMs: 40 });
    results.add("sdk", { megabytesOf1: 70, paceCpuUs: 400, readyMs: 90 });
    addCosts(results);
    expect(results.median("floor", "streamDollars")).toBeGreaterThan(16);
    expect(results.median("sdk", "streamDollars")).toBeNaN();
  });
});

test.each([
  [0.00123, "0.0012"],
  [0.1, "0.10"],
  [-0.05, "-0.050"],
  [0, "0.00"],
  [16.87, "16.9"],
  [1234, "1.2 k"],
  [NaN, "–"],
])("the figure %f is shown as %s", (value, text) => {
  expect(shown(value)).toBe(text);
});

describe("streams at once", () => {
  test("streams at once are as many as the free memory and the cores can bear", () => {
    expect(mostStreams(100e9, 2)).toBe(64);
    expect(mostStreams(3.1e9, 2)).toBe(14);
    expect(mostStreams(0.1e9, 2)).toBe(0);
  });

  test("streams at once are left out if the machine cannot bear them", () => {
    expect(streamLevels({ size: "full", mostStreams: 64 })).toEqual([1, 8, 64]);
    expect(streamLevels({ size: "full", mostStreams: 14 })).toEqual([1, 8]);
    expect(streamLevels({ size: "full", mostStreams: 0 })).toEqual([]);
  });
});

test("stages that the machine cannot run are left out, and the report has their names and the reasons", async () => {
  const bench = {
    size: "full",
    nodeExecutable: process.execPath,
    upstream: { plain: "", tls: {}, certificateFile: "", rootsFile: "", close() {} },
    cpuLimiter: { missing: "no cgroup; no signals" },
    mostStreams: 0,
  } as const;
  const status = { say() {}, sayInLog() {}, show() {}, clear() {} };
  const results = await runRounds([], { bench, status, leftOut: [] });
  expect(results.missingStages).toEqual([
    { stage: "CPU share of 128 MB", reason: "no cgroup; no signals" },
    { stage: "CPU share of 256 MB", reason: "no cgroup; no signals" },
    { stage: "CPU share of 512 MB", reason: "no cgroup; no signals" },
    { stage: "streams at once", reason: "not even one stream fits into the free memory" },
  ]);
  expect(report(results)).toContain("Left out: CPU share of 128 MB. no cgroup; no signals");
});

describe("the results in the README", () => {
  const machine = { processor: "Test", cores: 2, memoryGb: 8, system: "linux x64", node: "v24.0.0" };

  function complete(): Results {
    const results = new Results(["floor", "deltapipe", "sdk"]);
    for (const [index, name] of results.names.entries())
      results.add(name, { readyMs: 40 + index, coldFirstDeltaMs: 60 + 5 * index, growthMegabytes: 18 });
    results.deliveries = new Results(["Function URL"], { base: "Function URL", figures: deliveryFigures });
    results.deliveries.add("Function URL", { delayUs: 300 });
    return results;
  }

  /** Copies the README, so that the test also checks that the README has a place for the results. */
  async function copies() {
    const folder = await mkdtemp(join(tmpdir(), "deltapipe-bench-test-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const files = { readme: join(folder, "README.md"), chart: join(folder, "chart.svg") };
    await copyFile(publishedFiles.readme, files.readme);
    return files;
  }

  test("the results in the README replace those of the last run and nothing else", async () => {
    const files = await copies();
    const before = await readFile(files.readme, "utf8");
    await writeResults(complete(), machine, files);
    const once = await readFile(files.readme, "utf8");
    expect(once).toMatch(/\| Cold start to ready \(ms\) +\| +40\.0 \| +41\.0 ×1\.0 \|/);
    expect(once).toMatch(/\| deliveries of deltapipe +\| Function URL \|/);
    expect(once).toContain("Deltapipe in comparison with the floor: + 5.00 ms for a cold start");
    expect(once).toContain("Node v24.0.0, linux x64, 2 × Test, 8 GB.");
    expect(once).toContain("Not measured: floor-http2, deltapipe-frames, hono");
    await writeResults(complete(), machine, files);
    expect(await readFile(files.readme, "utf8")).toBe(once);
    const outside = (text: string) => text.replace(/<!-- results:.*<!-- end of the results -->/s, "");
    expect(outside(once)).toBe(outside(before));
    expect(await readFile(files.chart, "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  test("the results in the README name the contenders that failed, without their output", async () => {
    const files = await copies();
    const results = complete();
    results.failures.push({ contender: "sdk", stage: "CPU share of 128 MB", message: "Error: a secret" });
    await writeResults(results, machine, files);
    const text = await readFile(files.readme, "utf8");
    expect(text).toContain("sdk failed at: CPU share of 128 MB.");
    expect(text).not.toContain("a secret");
  });

  test.each<[string, (results: Results) => unknown]>([
    [
      "deltapipe failed at memory",
      ({ failures }) => failures.push({ contender: "deltapipe", stage: "memory", message: "" }),
    ],
    ["floor was not measured", ({ names }) => names.shift()],
    ["the deliveries were not measured", (results) => (results.deliveries = undefined)],
    [
      "the delivery AppSync failed",
      ({ deliveries }) =>
        deliveries!.failures.push({ contender: "AppSync", stage: "deliveries", message: "" }),
    ],
  ])("the results in the README are not written if %s", async (problem, spoil) => {
    const files = await copies();
    const before = await readFile(files.readme, "utf8");
    const results = complete();
    spoil(results);
    await expect(writeResults(results, machine, files)).rejects.toThrow(
      `Cannot write the results: ${problem}`,
    );
    expect(await readFile(files.readme, "utf8")).toBe(before);
  });

  test("the results in the README are not written into a file without a place for them", async () => {
    const files = await copies();
    await writeFile(files.readme, "# Benchmark\n");
    await expect(writeResults(complete(), machine, files)).rejects.toThrow("does not have the lines");
    expect(await readFile(files.readme, "utf8")).toBe("# Benchmark\n");
  });
});
