// Tests the smallest run of the benchmark: figures, report and options. Checks that there are figures, but hardly their values.
import { beforeAll, describe, expect, test } from "vitest";
import { runBenchmark } from "../../scripts/bench/benchmark.ts";
import { chart } from "../../scripts/bench/chart.ts";
import { readBenchOptions } from "../../scripts/bench/bench-options.ts";
import { measureMessages } from "../../scripts/bench/messages.ts";
import { messagesTable, report } from "../../scripts/bench/report.ts";
import type { Results } from "../../scripts/bench/results.ts";
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
  test("a run measures every contender without a failure", () => {
    expect(said).toEqual([]);
    expect(results.failures).toEqual([]);
    expect(results.names).toEqual(names);
  });

  test("a run has each figure for each contender", () => {
    const keys = results.measured.map(({ key }) => key);
    expect(keys).toEqual(
      expect.arrayContaining(["bundleKb", "readyMs", "coldFirstDeltaMs", "warmFirstDeltaMs", "burstCpuUs"]),
    );
    expect(keys).toEqual(expect.arrayContaining(["coldFirstDeltaMsOf256Mb", "megabytesOf2Streams"]));
    for (const { key } of results.measured) {
      for (const name of names) expect(results.median(name, key), `${name} ${key}`).toBeGreaterThan(0);
    }
  });

  test("a run subtracts no more than the delay of the model from a contender's times", () => {
    for (const name of names) expect(results.median(name, "coldFirstDeltaMs")).toBeGreaterThan(0);
    expect(results.median("floor", "warmFirstDeltaMs")).toBeGreaterThanOrEqual(9);
  });

  test("a run finds that the bundle of deltapipe is much smaller than that of the contender sdk", () => {
    expect(results.ratio("deltapipe", "sdk", "bundleKb")).toBeLessThan(0.6);
  });

  test("a run finds that calling Bedrock with the SDK makes the bundle of deltapipe more than twice as large", () => {
    expect(results.ratio("deltapipe-sdk", "deltapipe", "bundleKb")).toBeGreaterThan(2);
  });

  test("a run is reported with every contender, ratios and targets, and drawn as a chart", () => {
    const text = report(results);
    for (const name of names) expect(text).toContain(` ${name} `);
    expect(text).toMatch(/\| CPU per delta, full speed \(µs\) .*×/);
    expect(text).toContain("bundle: at most 0.6 × sdk");
    expect(text).toContain("CPU per delta of Bedrock's frames: at most 2 × floor");
    const drawn = chart(results, "a < b & c");
    expect(drawn).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(drawn).toContain("a &lt; b &amp; c");
  });
});

describe("the deliveries", () => {
  test("the deliveries are measured beside each other without a failure", () => {
    const { names, failures, base } = results.deliveries!;
    expect(failures).toEqual([]);
    expect(base).toBe("Function URL");
    expect(names).toEqual([
      "Function URL",
      "Bedrock's path",
      "Function URL, answer kept",
      "WebSocket",
      "AppSync",
      "WebSocket, interval 0",
      "AppSync, interval 0",
    ]);
  });

  test("the deliveries have each figure, and a ratio to the Function URL", () => {
    const { names, measured } = results.deliveries!;
    expect(measured.map(({ key }) => key)).toEqual([
      "firstDeltaMs",
      "delayUs",
      "delay99Us",
      "pacedCpuUs",
      "burstCpuUs",
    ]);
    for (const figure of measured) {
      for (const name of names) {
        const { median, ratio } = results.deliveries!.cell(name, figure)!;
        expect(median, `${name} ${figure.key}`).toBeGreaterThan(0);
        expect(ratio, `${name} ${figure.key}`).toBeGreaterThan(0);
      }
    }
    expect(report(results)).toContain("CPU per delta at 100/s, AppSync: at most 2 × Function URL");
    expect(report(results)).toContain("delay of a delta, answer kept: at most Function URL + 1 ms");
  });

  test("the delivery AppSync has a longer delay with an interval between messages than without", () => {
    const delay = (name: string) => results.deliveries!.median(name, "delayUs");
    expect(delay("AppSync")).toBeGreaterThan(delay("AppSync, interval 0"));
  });
});

describe("answers in messages", () => {
  test("answers in messages are measured for each interval, and cost less with longer intervals", async () => {
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

describe("the options", () => {
  test.each(["--fast", "quick", "--only=floor,nobody", "docs/a.svg"])(
    "a wrong option is rejected with an error that contains the wrong value: %s",
    (option) => {
      expect(() => readBenchOptions([option])).toThrow(OptionError);
      expect(() => readBenchOptions([option])).toThrow(/fast|quick|nobody|a\.svg/);
    },
  );

  test.each(["--quick", "--only=floor", "--messages"])("--write is rejected together with %s", (other) => {
    expect(() => readBenchOptions(["--write", other])).toThrow(OptionError);
    expect(() => readBenchOptions(["--write", other])).toThrow(
      `--write together with ${other.split("=")[0]}`,
    );
  });

  test("--write is accepted for a full run", () => {
    expect(readBenchOptions(["--write"])).toMatchObject({ write: true, size: "full", only: undefined });
    expect(readBenchOptions([]).write).toBe(false);
  });

  test("--chart is accepted with and without a file", () => {
    expect(readBenchOptions(["--chart"]).chart).toBe("scripts/bench/chart.svg");
    expect(readBenchOptions(["--chart", "a.svg"]).chart).toBe("a.svg");
    expect(readBenchOptions(["--quick"])).toMatchObject({ chart: undefined, size: "quick", json: false });
  });
});
