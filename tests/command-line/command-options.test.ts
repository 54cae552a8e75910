// The options of the command line: their values, and the error for each mistake.
import { describe, expect, test } from "vitest";
import { UsageError } from "../../lib/command-line/command-failure.ts";
import { readCommand } from "../../lib/command-line/command-options.ts";

describe("readCommand()", () => {
  test("readCommand() reads a prompt of several words, and an option that is given twice", () => {
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

  test("readCommand() reads everything after -- as the prompt", () => {
    expect(readCommand(["ask", "--", "--json"])).toMatchObject({ words: ["--json"], json: false });
  });

  test("readCommand() reads --resume, and --idempotency-key, which turns --resume on", () => {
    const key = "5b1a37c0-95a1-4a4e";
    expect(readCommand(["ask", "x"])).toMatchObject({ resume: false, idempotencyKey: undefined });
    expect(readCommand(["ask", "--resume", "x"])).toMatchObject({ resume: true, idempotencyKey: undefined });
    expect(readCommand(["ask", "--idempotency-key", key, "x"])).toMatchObject({
      resume: true,
      idempotencyKey: key,
    });
    expect(readCommand(["chat", "--resume"])).toMatchObject({ name: "chat", resume: true });
    expect(readCommand(["cancel", key])).toMatchObject({ name: "cancel", idempotencyKey: key });
  });

  test.each([["0"], ["1"], ["1.0"], ["0.25"]])("readCommand() accepts --temperature %s", (text) => {
    expect(readCommand(["ask", "--temperature", text])).toMatchObject({ temperature: Number(text) });
  });

  test.each([
    [
      [],
      /^Cannot run deltapipe: the command is missing; use ask, chat, cancel, models, sign, proxy or page, explained in deltapipe --help$/,
    ],
    [["aks"], /^Cannot run deltapipe: there is no command "aks"; use ask, chat/],
    [["--json", "ask"], /^Cannot run deltapipe: the first argument is an option; begin with ask/],
    [
      ["ask", "--modle", "x"],
      /^Cannot run deltapipe ask: unknown option '--modle'; deltapipe --help lists the options$/,
    ],
    [["ask", "-m", "x"], /^Cannot run deltapipe ask: unknown option '-m'/],
    [["ask", "--model"], /: option '--model <value>' argument missing; deltapipe --help/],
    [["ask", "--model", "--json"], /: option '--model' argument is ambiguous; deltapipe --help/],
    [["ask", "--json=yes"], /: option '--json' does not take an argument; deltapipe --help/],
    [["chat", "--json"], /^Cannot run deltapipe chat: it has no option --json; deltapipe --help/],
    [["sign", "--model", "x"], /^Cannot run deltapipe sign: it has no option --model/],
    [["chat", "hello"], /^Cannot run deltapipe chat: "hello" is not an option; deltapipe --help/],
    [
      ["ask", "--max-tokens", "0", "x"],
      /^Cannot use --max-tokens: it is "0"; set a whole number from 1 to 999999999$/,
    ],
    [["ask", "--max-tokens", "1e3", "x"], /^Cannot use --max-tokens: it is "1e3"/],
    [
      ["ask", "--temperature", "1.5", "x"],
      /^Cannot use --temperature: it is "1.5"; set a number from 0 to 1$/,
    ],
    [["ask", "--temperature", "warm", "x"], /^Cannot use --temperature: it is "warm"/],
    [["ask", "--idempotency-key", "short", "x"], /^Cannot use the idempotency key: it must have 16 to 128/],
    [["chat", "--idempotency-key", "5b1a37c0-95a1-4a4e"], /: it has no option --idempotency-key/],
    [
      ["cancel"],
      /^Cannot run deltapipe cancel: it takes one key, but 0 were given; give the --idempotency-key/,
    ],
    [
      ["cancel", "5b1a37c0-95a1-4a4e", "x"],
      /^Cannot run deltapipe cancel: it takes one key, but 2 were given/,
    ],
    [["cancel", "with a space in it"], /^Cannot use the idempotency key: it must have 16 to 128/],
  ])("readCommand() rejects %j", (args, sentence) => {
    expect(() => readCommand(args)).toThrow(UsageError);
    expect(() => readCommand(args)).toThrow(sentence);
  });

  test("readCommand() rejects a prompt without a command, and does not quote the prompt", () => {
    expect(() => readCommand(["Why is the sky blue?"])).toThrow(
      /^Cannot run deltapipe: the command is missing; use ask/,
    );
  });
});
