// A short soak without problems, and how the ledger counts problems.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { scriptedModels } from "../../lib/local/bedrock/scripted-models.ts";
import { createLedger, recordResult, type StreamResult } from "../../scripts/soak/ledger.ts";
import { readSoakOptions } from "../../scripts/soak/soak-options.ts";
import { chooseRequest, createChance } from "../../scripts/soak/choose-request.ts";
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

test("four callers lose nothing in three seconds, and the table shows it", async () => {
  const { code, output, errors } = await run("--callers", "4", "--seconds", "3", "--seed", "7");
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  expect(output).toMatch(/^4 callers for 3 s, seed 7\n/);
  expect(output).toMatch(/\| streams \| [1-9]/);
  expect(output).toMatch(/\| deltas \| [1-9]/);
  expect(output).toContain("| lost | 0 |");
  expect(output).toContain("| unexplained | 0 |");
  expect(output).toMatch(/\| execution environments alive \/ started \| (\d+) \/ \1 \|/);
});

test("a wrong option is reported in one sentence, with exit code 2", async () => {
  const { code, errors } = await run("--callers", "none");
  expect(code).toBe(2);
  expect(errors).toBe(`Cannot run the soak: --callers is "none"; give a whole number from 1 to 500\n`);
  expect(() => readSoakOptions(["--minutes", "1", "--seconds", "1"])).toThrow(
    "are both given; give one of them",
  );
  expect(() => readSoakOptions(["--caller", "1"])).toThrow("--caller");
});

describe("the ledger", () => {
  const good: StreamResult = {
    modelId: "m",
    expected: "end",
    ending: "end",
    isSame: true,
    deltas: 3,
    bytes: 30,
    firstDeltaMs: 5,
  };

  test.each<[string, Partial<StreamResult>, object]>([
    ["a complete stream as complete", {}, { complete: 1, lost: 0, unexplained: 0, problems: [] }],
    [
      "a stream that fails with the expected error as failed",
      { expected: "E", ending: "E" },
      { failed: 1, problems: [] },
    ],
    [
      "a stream whose caller disconnected as disconnected",
      { ending: "disconnected", isSame: false },
      { disconnected: 1, lost: 0, problems: [] },
    ],
    [
      "a stream that lacks an event as lost",
      { isSame: false },
      { lost: 1, complete: 0, problems: [expect.any(String)] },
    ],
    [
      "a stream that fails as expected but lacks an event as lost",
      { expected: "E", ending: "E", isSame: false },
      { lost: 1, failed: 0, problems: [expect.any(String)] },
    ],
    [
      "a complete stream that was expected to fail as unexplained",
      { expected: "E" },
      { unexplained: 1, problems: [expect.any(String)] },
    ],
    [
      "a failed stream that was expected to succeed as unexplained",
      { ending: "StreamCutError" },
      { unexplained: 1, problems: [expect.any(String)] },
    ],
  ])("the ledger counts %s", (_, changes, expected) => {
    const ledger = createLedger();
    recordResult(ledger, { ...good, ...changes });
    expect(ledger).toMatchObject({ streams: 1, deltas: 3, bytes: 30, firstDeltas: [5], ...expected });
  });
});

test("the chosen requests cover every model, and the same seed chooses the same requests", () => {
  const requests = (seed: number) => {
    const chance = createChance(seed);
    return Array.from({ length: 3000 }, () => chooseRequest(chance));
  };
  expect(requests(3)).toEqual(requests(3));
  expect(requests(3)).not.toEqual(requests(4));
  expect(new Set(requests(3).map(({ modelId }) => modelId)).size).toBe(Object.keys(scriptedModels).length);
  expect(requests(3).filter(({ disconnectsAfter }) => disconnectsAfter !== undefined).length).toBeGreaterThan(
    20,
  );
});
