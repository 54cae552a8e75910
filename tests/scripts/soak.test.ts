// The soak in small: it finds nothing where there is nothing, and says so when there is.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { scriptedModels } from "../../lib/local/bedrock/scripted-models.ts";
import { createLedger, enter, percentile, type Result } from "../../scripts/soak/ledger.ts";
import { readOptions } from "../../scripts/soak/soak-options.ts";
import { choosePlan, createChance } from "../../scripts/soak/plan.ts";
import { waitFor } from "../support/deadline.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

async function run(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", "scripts/soak/soak.ts", ...args], { cwd: root });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const [code] = (await waitFor("The soak's end", once(child, "close"))) as [number];
  return { code, output, errors };
}

test("four callers for three seconds lose nothing, and the table says so", async () => {
  const { code, output, errors } = await run("--callers", "4", "--seconds", "3", "--seed", "7");
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  expect(output).toMatch(/^4 callers for 3 s, seed 7\n/);
  expect(output).toMatch(/\| streams \| [1-9]/);
  expect(output).toMatch(/\| deltas \| [1-9]/);
  expect(output).toContain("| lost | 0 |");
  expect(output).toContain("| unexplained | 0 |");
  expect(output).toMatch(/\| environments alive \/ started \| (\d+) \/ \1 \|/);
});

test("an option that cannot be used is refused in a sentence, with the exit code 2", async () => {
  const { code, errors } = await run("--callers", "none");
  expect(code).toBe(2);
  expect(errors).toBe(
    `--callers is "none": expected a number above 0: npm run soak -- --help lists the options\n`,
  );
  expect(() => readOptions(["--minutes", "1", "--seconds", "1"])).toThrow("exclude each other");
  expect(() => readOptions(["--caller", "1"])).toThrow("--caller");
});

describe("a stream", () => {
  const good: Result = {
    modelId: "m",
    expected: "end",
    ending: "end",
    isSame: true,
    deltas: 3,
    bytes: 30,
    firstDeltaMs: 5,
  };

  test.each<[string, Partial<Result>, object]>([
    ["that is whole is no problem", {}, { whole: 1, lost: 0, unexplained: 0, problems: [] }],
    ["that fails as it should is none", { expected: "E", ending: "E" }, { failed: 1, problems: [] }],
    ["whose caller left is none", { ending: "left", isSame: false }, { left: 1, lost: 0, problems: [] }],
    ["that lacks an event is lost", { isSame: false }, { lost: 1, whole: 0, problems: [expect.any(String)] }],
    [
      "that fails as it should, and lacks an event, is lost",
      { expected: "E", ending: "E", isSame: false },
      { lost: 1, failed: 0, problems: [expect.any(String)] },
    ],
    [
      "that ends where it should fail is unexplained",
      { expected: "E" },
      { unexplained: 1, problems: [expect.any(String)] },
    ],
    [
      "that fails where it should end is unexplained",
      { ending: "StreamCutError" },
      { unexplained: 1, problems: [expect.any(String)] },
    ],
  ])("%s", (_, changes, expected) => {
    const ledger = createLedger();
    enter(ledger, { ...good, ...changes });
    expect(ledger).toMatchObject({ streams: 1, deltas: 3, bytes: 30, firstDeltas: [5], ...expected });
  });
});

test("percentiles are those of the sorted times", () => {
  const times = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([0.5, 0.95, 0.99, 1].map((share) => percentile(times, share))).toEqual([51, 96, 100, 100]);
  expect(percentile([], 0.5)).toBeUndefined();
});

test("plans come in all kinds, and again from the same seed", () => {
  const plans = (seed: number) => {
    const chance = createChance(seed);
    return Array.from({ length: 3000 }, () => choosePlan(chance));
  };
  expect(plans(3)).toEqual(plans(3));
  expect(plans(3)).not.toEqual(plans(4));
  expect(new Set(plans(3).map(({ modelId }) => modelId)).size).toBe(Object.keys(scriptedModels).length);
  expect(plans(3).filter(({ leavesAfter }) => leavesAfter !== undefined).length).toBeGreaterThan(20);
});
