// The smallest run of the benchmark: figures, report and options. Checks that there are numbers, but hardly
// checks their values.
import { beforeAll, describe, expect, test } from "vitest";
import { runBenchmark } from "../../scripts/bench/benchmark.ts";
import { chart } from "../../scripts/bench/chart.ts";
import { readBenchOptions } from "../../scripts/bench/bench-options.ts";
import { measureMessages } from "../../scripts/bench/messages.ts";
import { messagesTable, report } from "../../scripts/bench/report.ts";
import { Results } from "../../scripts/bench/results.ts";
import { verdicts } from "../../scripts/bench/targets.ts";
import { OptionError } from "../../scripts/options.ts";

const names = ["floor", "deltapipe", "deltapipe-frames", "sdk", "deltapipe-sdk"];
const said: string[] = [];
let results: Results;

beforeAll(async () => {
  results = await runBenchmark({
    size: "tiny",
    only: names,
    nodeExecutable: process.execPath,
    status: { say: (message) => said.push(message), sayInLog() {}, show() {}, clear() {} },
  });
});

describe("a run", () => {
  test("measures every contender without a failure", () => {
    expect(said).toEqual([]);
    expect(results.failures).toEqual([]);
    expect(results.names).toEqual(names);
  });

  test("has each figure for each contender", () => {
    const keys = results.measured.map(({ key }) => key);
    expect(keys).toEqual(
      expect.arrayContaining(["bundleKb", "readyMs", "coldFirstDeltaMs", "warmFirstDeltaMs", "burstCpuUs"]),
    );
    for (const { key } of results.measured) {
      for (const name of names) expect(results.median(name, key), `${name} ${key}`).toBeGreaterThan(0);
    }
  });

  test("does not subtract more than the delay of the model", () => {
    for (const name of names) expect(results.median(name, "coldFirstDeltaMs")).toBeGreaterThan(0);
    expect(results.median("floor", "warmFirstDeltaMs")).toBeGreaterThanOrEqual(9);
  });

  test("finds that the deployed bundle is much smaller than the SDK's", () => {
    expect(results.ratio("deltapipe", "sdk", "bundleKb")).toBeLessThan(0.6);
  });

  test("finds that calling Bedrock with the SDK makes the bundle larger", () => {
    expect(results.ratio("deltapipe-sdk", "deltapipe", "bundleKb")).toBeGreaterThan(2);
  });

  test("is reported with every contender, ratios and targets, and drawn as a chart", () => {
    const text = report(results);
    for (const name of names) expect(text).toContain(` ${name} `);
    expect(text).toMatch(/\| CPU per delta, full speed \(µs\) .*×/);
    expect(text).toContain("bundle: at most 0.6 × sdk");
    expect(text).toContain("CPU per delta of Bedrock's frames: at most 1.1 × deltapipe");
    const drawn = chart(results, "a < b & c");
    expect(drawn).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(drawn).toContain("a &lt; b &amp; c");
  });
});

describe("answers in messages", () => {
  test("are measured for each interval, and cost less with longer intervals", async () => {
    const rows = await measureMessages(30);
    expect(rows.map(({ way }) => way)).toEqual([
      "a message for each delta",
      ...[0, 50, 100, 250].map((interval) => `pushIntervalMs ${interval}`),
    ]);
    // Each line of the answer is a message, and there are two lines before the deltas and four after them.
    expect(rows[0]!.messages).toBe(36);
    expect(rows[1]!.messages).toBeGreaterThan(rows.at(-1)!.messages);
    for (const { delay, messages, dollars } of rows) {
      expect(delay).toBeGreaterThan(0);
      expect(dollars).toBeCloseTo((messages / 30) * 1000, 5);
    }
    expect(messagesTable(rows).split("\n")).toHaveLength(2 + rows.length + 1);
  });
});

describe("results", () => {
  const made = new Results(["floor", "deltapipe", "sdk"]);
  for (const slow of [1, 5, 1]) {
    made.add("floor", { burstCpuUs: 2 * slow });
    made.add("deltapipe", { burstCpuUs: 3 * slow });
    made.add("sdk", { burstCpuUs: 12 * slow });
  }

  test("are compared round by round, so that a slow round has no effect", () => {
    expect(made.ratio("deltapipe", "floor", "burstCpuUs")).toBe(1.5);
    expect(verdicts(made).map(({ met }) => met)).toEqual([true, true]);
  });

  test("name the figures for which the machine was too busy", () => {
    expect(made.noisyFigures.map(({ key }) => key)).toEqual(["burstCpuUs"]);
    expect(report(made)).toContain("too busy to measure: CPU per delta, full speed");
  });

  test("name the missed targets", () => {
    const missed = new Results(["floor", "deltapipe", "sdk"]);
    missed.add("floor", { burstCpuUs: 2, cpuUsOf1000: 1, cpuUsOf10000: 1 });
    missed.add("deltapipe", { burstCpuUs: 4, cpuUsOf1000: 3, cpuUsOf10000: 4, growthMegabytes: 17 });
    missed.add("sdk", { burstCpuUs: 5 });
    expect(verdicts(missed).filter(({ met }) => met)).toEqual([]);
    expect(verdicts(missed).length).toBe(4);
    expect(report(missed)).toContain("MISSED");
  });

  test("name the contender that failed", () => {
    const failed = new Results(["floor", "deltapipe"]);
    failed.add("floor", { burstCpuUs: 2 });
    failed.failures.push({ contender: "deltapipe", stage: "full speed", message: "Error: gone" });
    expect(report(failed)).toContain("deltapipe failed at full speed: Error: gone");
  });
});

describe("the options", () => {
  test.each([["--fast"], ["quick"], ["--only", "floor,nobody"], ["docs/a.svg"]])(
    "reject %s %s with an error that contains the wrong value",
    (...args) => {
      expect(() => readBenchOptions(args.filter(Boolean))).toThrow(OptionError);
      expect(() => readBenchOptions(args.filter(Boolean))).toThrow(/fast|quick|nobody|a\.svg/);
    },
  );

  test("accept --chart with and without a file", () => {
    expect(readBenchOptions(["--chart"]).chart).toBe("scripts/bench/chart.svg");
    expect(readBenchOptions(["--chart", "a.svg"]).chart).toBe("a.svg");
    expect(readBenchOptions(["--quick"])).toMatchObject({ chart: undefined, size: "quick", json: false });
  });
});
