// `deltapipe ask` in a terminal, as far as a pseudo-terminal is one: colours, Ctrl-C.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalCommandLine, startLocalCommandLine } from "../support/processes/local-command-line.ts";
import { ctrlC, hasTerminal } from "../support/processes/terminal.ts";

let local: LocalCommandLine;
beforeAll(async () => {
  local = await startLocalCommandLine();
});
afterAll(() => local.remove());

describe.skipIf(!hasTerminal)("ask in a terminal", () => {
  test("shows reasoning and the summary dimmed, the answer as it is", async () => {
    const terminal = local.open("ask --model local.thinking x");
    const shown = await terminal.shows(/end_turn.*\n/);
    expect(await terminal.exit).toBe(0);
    const [reasoning, , answer, summary] = shown.replaceAll("␛[22m␛[2m", "").split("\n");
    expect(reasoning).toMatch(/^␛\[2mThe question is short\. .* kinder\.␛\[22m$/);
    expect(answer).toBe("I have thought about it, and the answer is yes.");
    expect(summary).toMatch(/^␛\[2mfirst delta .* end_turn␛\[22m$/);
  });

  test.each([
    ["NO_COLOR", { NO_COLOR: "1" }],
    ["a terminal without colours", { TERM: "dumb" }],
  ])("has no colours with %s", async (_, variables) => {
    const terminal = local.open("ask --model local.thinking x", variables);
    const shown = await terminal.shows(/end_turn.*\n/);
    expect(shown).toMatch(/kinder\.\n\nI have thought/);
    expect(shown).not.toContain("␛");
  });

  test("is not steered by control characters of the answer", async () => {
    const terminal = local.open(`ask --model local.echo "$(printf 'a\\033[2Jb\\007\\tc')"`);
    expect(await terminal.shows(/end_turn/)).toMatch(/^a\uFFFD\[2Jb\uFFFD +c\n|^a\uFFFD\[2Jb\uFFFD\tc\n/);
  });

  test("ends at Ctrl-C as any program does", async () => {
    const terminal = local.open("ask --model local.stall x");
    await terminal.shows(/and then/);
    terminal.type(ctrlC);
    expect(await terminal.exit).toBe(130);
  });

  test("asks for a prompt where there is none", async () => {
    const terminal = local.open("ask");
    await terminal.shows(/There is no prompt: give one/);
    expect(await terminal.exit).toBe(2);
  });
});
