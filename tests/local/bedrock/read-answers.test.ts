// Tests reading files of the user's own answers, and the errors for files that cannot be used.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { answerForm } from "../../../lib/local/bedrock/own-answers/answer-form.ts";
import { codeBlocks } from "../../support/markdown.ts";
import { checkAnswers } from "../../../lib/local/bedrock/own-answers/check-answers.ts";
import { readAnswers } from "../../../lib/local/bedrock/own-answers/read-answers.ts";
import { writeAnswers } from "../../support/servers/local-bedrock.ts";

const hello = { text: "Hello" };

test("a file is read, with a byte order mark or without", async () => {
  for (const mark of ["", "\ufeff"]) {
    const file = await writeAnswers(`${mark}${JSON.stringify([hello])}`);
    expect(await readAnswers(file)).toEqual([hello]);
  }
});

test("the answers in lib/local/README.md are valid, and the table there has every member of an answer", async () => {
  const readme = await readFile(new URL("../../../lib/local/README.md", import.meta.url), "utf8");
  const [example = ""] = codeBlocks(readme, "json");
  expect(await readAnswers(await writeAnswers(example))).toHaveLength(5);
  const members = Object.keys(answerForm.pipe[0].entries);
  for (const member of members) expect(readme).toMatch(new RegExp(`^\\| .*\`${member}\`.* \\| `, "m"));
});

test("a file that does not exist causes an error", async () => {
  await expect(readAnswers("/nowhere/answers.json")).rejects.toThrow(
    "Cannot read /nowhere/answers.json: there is no such file; check the path",
  );
});

test.each([
  ["a trailing comma", `[\n  {"text": "Hello"},\n]`, /Unexpected token '?\]/],
  ["a missing bracket", `[\n  {"text": "Hello"}`, /after array element/],
  ["no content", "", /Unexpected end of JSON/],
])("a file with %s is rejected in one line, with the parser's message", async (_, text, message) => {
  const error = await readAnswers(await writeAnswers(text)).catch((reason: Error) => reason);
  expect(error).toMatchObject({ name: "AnswersError", message: expect.stringMatching(message) });
  expect((error as Error).message).toMatch(/^Cannot use .*answers\.json: .+$/);
});

test("a wrong answer in a file causes an error that names the file", async () => {
  const file = await writeAnswers(JSON.stringify([hello, { txt: "x" }]));
  await expect(readAnswers(file)).rejects.toThrow(
    `Cannot use ${file}: answer 2, txt: There is no such member`,
  );
});

test.each<[answers: unknown, message: string]>([
  [{ answers: [] }, "Give a list of answers"],
  [["Hello"], 'answer 1: Invalid type: Expected Object but received "Hello"'],
  [[hello, {}], "answer 2: Give one of text, content, events and error"],
  [[{ ...hello, error: "ThrottlingException" }], "answer 1: Give one of text, content, events and error"],
  [
    [{ when: { prompt: 5 }, ...hello }],
    'answer 1, when.prompt: Give a text that has to occur, or {"pattern": ',
  ],
  [[{ when: { prompt: { patern: "x" } }, ...hello }], "answer 1, when.prompt"],
  [
    [{ when: { prompt: { pattern: "(" } }, ...hello }],
    "answer 1, when.prompt.pattern: Invalid regular expression",
  ],
  [[{ when: { modelId: "a b" }, ...hello }], "answer 1, when.modelId: Give a model's id or ARN"],
  [[{ when: { model: "x" }, ...hello }], "answer 1, when.model: There is no such member"],
  [[{ content: [] }], "answer 1, content: Invalid length"],
  [[{ content: [hello, { image: {} }] }], "answer 1, content[1].image: There is no such member"],
  [[{ content: [{}] }], "answer 1, content[0]: Give one of text, toolUse and reasoningContent"],
  [
    [{ content: [{ toolUse: { name: "x", input: "{}" } }] }],
    "answer 1, content[0].toolUse.input: Give a JSON object",
  ],
  [[{ content: [{ reasoningContent: {} }] }], "answer 1, content[0].reasoningContent: Give either"],
  [[{ events: [{ a: {}, b: {} }] }], "answer 1, events[0]: Give one member"],
  [[{ events: [{ messageStart: 5 }] }], "answer 1, events[0]: Give a number of milliseconds"],
  [[{ events: [{ messageStart: "x" }] }], "answer 1, events[0].messageStart: Give the event's JSON object"],
  [[{ error: "TooSlow" }], 'answer 1, error: Invalid type: Expected ("AccessDeniedException" | '],
  [[{ ...hello, fault: "explode" }], 'answer 1, fault: Invalid type: Expected ("cut" | '],
  [[{ error: "ThrottlingException", fault: "cut" }], "answer 1: Leave out fault"],
  [[{ ...hello, message: "x" }], "answer 1: Leave out message"],
  [[{ ...hello, fault: "cut", message: "x" }], "answer 1: Leave out message"],
  [[{ events: [{ messageStart: {} }], stopReason: "end_turn" }], "answer 1: Leave out stopReason"],
  [[{ ...hello, times: 0 }], "answer 1, times: Invalid value"],
  [[{ ...hello, deltasPerSecond: 0 }], "answer 1, deltasPerSecond: Invalid value"],
  [[{ ...hello, delayMs: -1 }], "answer 1, delayMs: Invalid value"],
])("the answers %j are rejected", (answers, message) => {
  expect(() => checkAnswers(answers)).toThrow(`Cannot use the answers: ${message}`);
});
