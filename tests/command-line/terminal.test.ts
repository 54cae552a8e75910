// Tests `deltapipe ask` in a pseudo-terminal: colors, control characters, Ctrl-C.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalCommandLine, startLocalCommandLine } from "../support/processes/local-command-line.ts";
import { ctrlC, hasTerminal } from "../support/processes/pseudo-terminal.ts";

let local: LocalCommandLine;
beforeAll(async () => {
  local = await startLocalCommandLine();
});
afterAll(() => local.remove());

describe.skipIf(!hasTerminal)("ask in a terminal", () => {
  test("ask dims reasoning and the summary, but not the answer", async () => {
    const terminal = local.open("ask --model local.thinking x");
    const shown = await terminal.shows(/end_turn.*\n/);
    expect(await terminal.exit).toBe(0);
    const [reasoning, , answer, summary] = shown.replaceAll("␛[22m␛[2m", "").split("\n");
    expect(reasoning).toMatch(/^␛\[2mThe question is short\. .* kinder\.␛\[22m$/);
    expect(answer).toBe("I have thought about it, and the answer is yes.");
    expect(summary).toMatch(/^␛\[2mfirst delta .* end_turn␛\[22m$/);
  });

  test.each([
    ["if NO_COLOR is set", { NO_COLOR: "1" }],
    ["in a terminal without colors", { TERM: "dumb" }],
  ])("ask prints no colors %s", async (_, variables) => {
    const terminal = local.open("ask --model local.thinking x", variables);
    const shown = await terminal.shows(/end_turn.*\n/);
    expect(shown).toMatch(/kinder\.\n\nI have thought/);
    expect(shown).not.toContain("␛");
  });

  test("ask replaces control characters in the answer", async () => {
    const terminal = local.open(`ask --model local.echo "$(printf 'a\\033[2Jb\\007\\tc')"`);
    expect(await terminal.shows(/end_turn/)).toMatch(/^a\uFFFD\[2Jb\uFFFD +c\n|^a\uFFFD\[2Jb\uFFFD\tc\n/);
  });

  test("ask exits with 130 at Ctrl-C", async () => {
    const terminal = local.open("ask --model local.stall x");
    await terminal.shows(/and then/);
    terminal.type(ctrlC);
    expect(await terminal.exit).toBe(130);
  });

  test("ask exits with 2 if there is no prompt, and does not wait for a prompt", async () => {
    const terminal = local.open("ask");
    await terminal.shows(/Cannot ask: there is no prompt; add one/);
    expect(await terminal.exit).toBe(2);
  });
});
