// The command line in a terminal, as far as a pseudo-terminal is one: colours, typing, Ctrl-C, Ctrl-D.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type CommandLine, installCommandLine } from "./support/command-line.ts";
import { within } from "./support/deadline.ts";
import { startTestStack, type TestStack } from "./support/local-stack.ts";

// util-linux's `script` gives a command a terminal of its own.
const hasTerminal = /util-linux/.test(String(spawnSync("script", ["--version"]).stdout));

let commandLine: CommandLine;
let stack: TestStack;
const running = new Set<() => void>();
beforeAll(async () => {
  [commandLine, stack] = await Promise.all([installCommandLine(), startTestStack()]);
});
afterEach(() => {
  for (const kill of running) kill();
  running.clear();
});
afterAll(async () => {
  await stack.close();
  await commandLine.remove();
});

interface Terminal {
  /** Resolves with what was shown since the last call, up to the end of the match. */
  shows(pattern: RegExp): Promise<string>;
  type(keys: string): void;
  exit: Promise<number | null>;
}

function open(line: string, variables: Record<string, string> = {}): Terminal {
  const command = `'${process.execPath}' '${commandLine.bin}' ${line}`;
  const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    env: { ...commandLine.variables, DELTAPIPE_URL: stack.url, TERM: "xterm-256color", ...variables },
  });
  running.add(() => child.kill("SIGKILL"));
  let shown = "";
  let look = (): void => undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    // ESC as a sign that can be read.
    shown = (shown + text).replaceAll("\r\n", "\n").replaceAll("\u001b", "␛");
    look();
  });
  return {
    shows(pattern) {
      const found = new Promise<string>((resolve) => {
        look = () => {
          const match = pattern.exec(shown);
          if (!match) return;
          const end = match.index + match[0].length;
          resolve(shown.slice(0, end));
          shown = shown.slice(end);
          look = () => undefined;
        };
        look();
      });
      return within(10_000, `${pattern} in the terminal`, found);
    },
    type: (keys) => void child.stdin.write(keys),
    exit: within(20_000, "The exit", once(child, "close")).then(([code]) => code as number | null),
  };
}

const ctrlC = "\u0003";
const ctrlD = "\u0004";
const prompt = /> (␛\[3G)?$/;

describe.skipIf(!hasTerminal)("ask in a terminal", () => {
  test("shows reasoning and the summary dimmed, the answer as it is", async () => {
    const terminal = open("ask --model local.thinking x");
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
    const terminal = open("ask --model local.thinking x", variables);
    const shown = await terminal.shows(/end_turn.*\n/);
    expect(shown).toMatch(/kinder\.\n\nI have thought/);
    expect(shown).not.toContain("␛");
  });

  test("is not steered by control characters of the answer", async () => {
    const terminal = open(`ask --model local.echo "$(printf 'a\\033[2Jb\\007\\tc')"`);
    expect(await terminal.shows(/end_turn/)).toMatch(/^a\uFFFD\[2Jb\uFFFD +c\n|^a\uFFFD\[2Jb\uFFFD\tc\n/);
  });

  test("ends at Ctrl-C as any program does", async () => {
    const terminal = open("ask --model local.stall x");
    await terminal.shows(/and then/);
    terminal.type(ctrlC);
    expect(await terminal.exit).toBe(130);
  });

  test("asks for a prompt where there is none", async () => {
    const terminal = open("ask");
    await terminal.shows(/There is no prompt: give one/);
    expect(await terminal.exit).toBe(2);
  });
});

describe.skipIf(!hasTerminal)("chat in a terminal", () => {
  test("stops the answer at Ctrl-C, forgets that turn, and goes on", async () => {
    const terminal = open("chat --model local.stall");
    expect(await terminal.shows(prompt)).toMatch(/Talking to local\.stall at http.*\/help/);
    terminal.type("first\r");
    await terminal.shows(/and then/);
    terminal.type(ctrlC);
    await terminal.shows(/\n.*Stopped; this turn is forgotten/);
    await terminal.shows(prompt);
    terminal.type(ctrlD);
    expect(await terminal.exit).toBe(0);
  });

  test("keeps the turns that went well, until /reset", async () => {
    const terminal = open("chat");
    async function say(text: string): Promise<void> {
      await terminal.shows(prompt);
      terminal.type(`${text}\r`);
    }
    async function tokensIn(): Promise<number> {
      return Number(/(\d+) tokens in/.exec(await terminal.shows(/\d+ tokens in/))?.[1]);
    }
    await say("a turn that is stopped");
    await terminal.shows(/On a hill/);
    terminal.type(ctrlC);
    // The scripted models take four characters for a token.
    await say("rain");
    expect(await tokensIn()).toBe(1);
    await say("rain");
    expect(await tokensIn()).toBeGreaterThan(100);
    await say("/reset");
    await terminal.shows(/The conversation begins anew/);
    await say("rain");
    expect(await tokensIn()).toBe(1);
  });

  test("tells what failed in a sentence and goes on", async () => {
    const terminal = open("chat --model local.cut");
    for (let turn = 0; turn < 2; turn += 1) {
      await terminal.shows(prompt);
      terminal.type("x\r");
      const shown = await terminal.shows(/forgotten/);
      expect(shown).toMatch(/and then\nThe stream failed with StreamTruncated: .*\n/);
    }
    await terminal.shows(prompt);
  });

  test("leaves at the second Ctrl-C on an empty line; the first clears what was typed", async () => {
    const terminal = open("chat");
    await terminal.shows(prompt);
    terminal.type("not this");
    await terminal.shows(/not this$/);
    terminal.type(ctrlC);
    await terminal.shows(prompt);
    terminal.type(ctrlC);
    await terminal.shows(/Ctrl-C again, or Ctrl-D, leaves/);
    await terminal.shows(prompt);
    terminal.type(ctrlC);
    expect(await terminal.exit).toBe(0);
  });

  test("shows what is typed during an answer after it, and not in it", async () => {
    const terminal = open("chat --model local.thinking");
    await terminal.shows(prompt);
    terminal.type("x\r");
    await terminal.shows(/␛\[2mThe/);
    terminal.type("typed ahead\rhalf");
    const answer = await terminal.shows(/end_turn/);
    expect(answer).not.toContain("ahead");
    expect(await terminal.shows(/end_turn/)).toMatch(/> typed ahead\n/);
    await terminal.shows(/> half/);
  });

  test("explains itself with /help, and knows no other command than those", async () => {
    const terminal = open("chat");
    await terminal.shows(prompt);
    terminal.type("/help\r");
    await terminal.shows(/\/reset .*\/help .*Ctrl-C .*Ctrl-D /s);
    terminal.type("/leave\r");
    await terminal.shows(/There is no command \/leave: \/help lists them/);
  });
});
