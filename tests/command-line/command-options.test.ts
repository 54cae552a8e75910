// The options of the command line, as they are read: what they become, and the sentence for what is wrong with them.
import { describe, expect, test } from "vitest";
import { UsageError } from "../../lib/command-line/command-failure.ts";
import { readCommand } from "../../lib/command-line/command-options.ts";

test("ask takes a prompt of several words, and files more than once", () => {
  const args =
    "ask Why is --model m --max-tokens 300 --temperature .5 --image a.png --image b.png --json the sky blue";
  expect(readCommand(args.split(" "))).toMatchObject({
    name: "ask",
    words: ["Why", "is", "the", "sky", "blue"],
    model: "m",
    maxTokens: 300,
    temperature: 0.5,
    images: ["a.png", "b.png"],
    documents: [],
    json: true,
  });
});

test("what follows -- is the prompt", () => {
  expect(readCommand(["ask", "--", "--json"])).toMatchObject({ words: ["--json"], json: false });
});

test.each([["0"], ["1"], ["1.0"], ["0.25"]])("--temperature may be %s", (text) => {
  expect(readCommand(["ask", "--temperature", text])).toMatchObject({ temperature: Number(text) });
});

describe("refused, with one sentence that says what to do", () => {
  test.each([
    [[], /^There is no command: expected ask, chat or sign; deltapipe --help explains them$/],
    [["aks"], /^There is no command "aks": expected ask/],
    [["--json", "ask"], /^Options come after the command/],
    [["ask", "--modle", "x"], /^Unknown option '--modle': deltapipe --help lists the options$/],
    [["ask", "-m", "x"], /^Unknown option '-m'/],
    [["ask", "--model"], /^Option '--model <value>' argument missing: deltapipe --help/],
    [["ask", "--model", "--json"], /^Option '--model' argument is ambiguous: deltapipe --help/],
    [["ask", "--json=yes"], /^Option '--json' does not take an argument: deltapipe --help/],
    [["chat", "--json"], /^--json is no option of chat: deltapipe --help/],
    [["sign", "--model", "x"], /^--model is no option of sign/],
    [["chat", "hello"], /^The command chat takes options alone: "hello" is none$/],
    [["ask", "--max-tokens", "0", "x"], /^--max-tokens is "0": expected a whole number above 0$/],
    [["ask", "--max-tokens", "1e3", "x"], /^--max-tokens is "1e3"/],
    [["ask", "--temperature", "1.5", "x"], /^--temperature is "1.5": expected a number from 0 to 1$/],
    [["ask", "--temperature", "warm", "x"], /^--temperature is "warm"/],
  ])("%j", (args, sentence) => {
    expect(() => readCommand(args)).toThrow(UsageError);
    expect(() => readCommand(args)).toThrow(sentence);
  });

  test("a prompt without a command, which is not repeated", () => {
    expect(() => readCommand(["Why is the sky blue?"])).toThrow(/^There is no command: expected ask/);
  });
});
