// Generates answers and size limits for messages, and checks that `AnswerText` reads the whole text from the messages.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AnswerText } from "../../lib/push/answer-text.ts";
import { Messages } from "../../lib/push/messages.ts";
import { parameters } from "../support/generated.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom('"', "\\", "é", "模", "🦊", "a", "\n", "u", "{"),
    maxLength: 1500,
    size: "max",
  }),
  fc.constantFrom('","delta":{"text":"no', '\\"delta\\":{\\"text\\":\\"no'),
);

/** JSON can write a character in several ways, and Bedrock may use any of them. */
function escaped(value: string, isEscaped: boolean): string {
  const json = JSON.stringify(value);
  if (!isEscaped) return json;
  return json.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const padding = fc.string({ unit: "grapheme-ascii", maxLength: 40 });
const delta = fc.record({
  text,
  padding,
  isEscaped: fc.boolean(),
  kind: fc.constantFrom("text", "reasoning", "tool"),
});

function lineOf({
  text,
  padding,
  isEscaped,
  kind,
}: {
  text: string;
  padding: string;
  isEscaped: boolean;
  kind: string;
}) {
  const value = escaped(text, isEscaped);
  const inner = {
    text: `"text":${value}`,
    reasoning: `"reasoningContent":{"text":${value}}`,
    tool: `"toolUse":{"input":${value}}`,
  };
  const member = inner[kind as keyof typeof inner];
  return `{"type":"contentBlockDelta","contentBlockIndex":0,"delta":{${member}},"p":${escaped(padding, false)}}`;
}

const ending = fc.constantFrom(
  { line: `{"type":"end","stopReason":"end_turn"}`, part: { stopReason: "end_turn" } },
  {
    line: `{"type":"error","error":{"name":"StreamCut","message":"m"}}`,
    part: { errorName: "StreamCut", errorMessage: "m" },
  },
);

describe("the text that is read from messages", () => {
  test("the text that is read is the text of all deltas, no character is split, and only the last part has the ending", () => {
    const limit = fc.oneof(fc.integer({ min: 300, max: 3000 }), fc.constant(32_000));
    fc.assert(
      fc.property(fc.array(delta, { maxLength: 12 }), ending, limit, (deltas, { line, part }, maxBytes) => {
        const messages = new Messages({ requestId: "r", run: "1" }, maxBytes);
        const answerText = new AnswerText();
        messages.add(Buffer.from([...deltas.map(lineOf), line].map((each) => `${each}\n`).join("")));
        const parts = [];
        for (let message = messages.next(); message; message = messages.next()) {
          const found = answerText.read(message.toString());
          expect(Buffer.from(found.text).toString()).toBe(found.text);
          expect(Buffer.byteLength(found.text)).toBeLessThanOrEqual(message.length);
          parts.push(found);
        }
        const expected = deltas.filter(({ kind }) => kind === "text").map((each) => each.text);
        expect(parts.map((each) => each.text).join("")).toBe(expected.join(""));
        expect(parts.map(({ seq }) => seq)).toEqual(parts.map((_, index) => index));
        expect(parts.at(-1)).toMatchObject(part);
        for (const each of parts.slice(0, -1))
          expect(Object.keys(each).toSorted()).toEqual(["requestId", "run", "seq", "text"]);
      }),
      parameters(300),
    );
  });
});
