// Checks lib/push/README.md: its example reads answers, and the numbers in its table of costs are right.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Messages } from "../../lib/push/messages.ts";
import { codeBlocks, repository } from "../support/markdown.ts";

const readme = readFileSync(join(repository, "lib/push/README.md"), "utf8");
const [source = ""] = codeBlocks(readme, "js");
const readAnswer = new Function(`${source}\nreturn readAnswer;`)() as (
  id: unknown,
) => (text: string) => unknown[];

function answer(run: string, id: number, lines: object[]): string[] {
  const messages = new Messages({ requestId: "r", run, id }, 1200);
  const texts: string[] = [];
  for (const line of lines) {
    messages.add(Buffer.from(`${JSON.stringify(line)}\n`));
    for (let next = messages.next(); next; next = messages.next()) texts.push(next.toString());
  }
  return texts;
}

const lines = [{ type: "start" }, { type: "x", text: '"\\🦊'.repeat(1000) }, { type: "end" }];

test("the README's example joins the pieces of an answer, and ignores repeated messages and all other messages", () => {
  const own = answer("a", 1, lines);
  expect(own.length).toBeGreaterThan(5);
  const others = [
    ...answer("b", 1, lines),
    ...answer("c", 2, lines),
    `{"message":"Internal server error","connectionId":"c=","requestId":"x"}`,
    `{"requestId":"y","run":"d","seq":0,"id":1,"action":"cancel","lines":[{"type":"error"}]}`,
  ];
  const read = readAnswer(1);
  const [first = "", ...rest] = own;
  const found = [first, ...others, ...rest.flatMap((text) => [text, text, first])].flatMap(read);
  expect(found).toEqual(lines);
});

test("the README's example throws if a message is missing", () => {
  const read = readAnswer(1);
  const [first = "", , third = ""] = answer("a", 1, lines);
  read(first);
  expect(() => read(third)).toThrow("A message is missing");
});

test("the README's costs follow from the interval and the price of a message", () => {
  const rows = [...readme.matchAll(/^\| (\d+) \| (\d+) \| \$(\d+) \|$/gm)].map(([, ...cells]) =>
    cells.map(Number),
  );
  expect(rows).toHaveLength(3);
  for (const [interval = 0, messages, dollars] of rows) {
    expect(messages).toBe(10_000 / interval);
    expect(dollars).toBe(messages);
  }
});
