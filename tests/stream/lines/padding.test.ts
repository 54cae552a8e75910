// Tests that lines reveal no more about the lengths of tokens than Bedrock's padded frames do.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventFrame } from "../../../lib/local/bedrock/frames.ts";
import type { ScriptedModel, Step } from "../../../lib/local/bedrock/script.ts";
import { startTestStack, type TestStack } from "../../support/servers/local-stack.ts";

/** Alternately one and thirty characters long: without padding, the lengths of the lines would show which is which. */
const tokens = Array.from({ length: 400 }, (_, index) => "x".repeat(index % 2 === 0 ? 1 : 30));
let frames: Buffer[] = [];

const padded: ScriptedModel = {
  description: "tokens of two lengths",
  *script(): Generator<Step> {
    frames = tokens.map((text) => eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text } }));
    for (const bytes of frames) yield { do: "bytes", bytes };
    yield { do: "event", name: "messageStop", payload: { stopReason: "end_turn" } };
  },
};

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ bedrock: { kind: "local", options: { models: { padded } } } });
});
afterAll(() => stack.close());

async function lengthsOfLines(accept: string, separator: string): Promise<number[]> {
  const { body } = await stack.ask({ prompt: "x", modelId: "padded" }, { headers: { accept } });
  const lines = body.split(separator).filter((line) => line.includes(`"contentBlockDelta"`));
  for (const line of lines) expect(line).toMatch(/"p":"\w+"\}$/);
  return lines.map((line) => Buffer.byteLength(line));
}

describe.each([
  ["NDJSON", "application/x-ndjson", "\n"],
  ["server-sent events", "text/event-stream", "\n\n"],
])("padding in %s", (_, accept, separator) => {
  test("every line differs from its frame by the same number of bytes", async () => {
    const lengths = await lengthsOfLines(accept, separator);
    const differences = lengths.map((length, index) => length - (frames[index]?.length ?? 0));
    expect(lengths).toHaveLength(tokens.length);
    expect(new Set(differences).size).toBe(1);
  });

  test("the line of a long token is often shorter than the line of a short one", async () => {
    const lengths = await lengthsOfLines(accept, separator);
    const short = lengths.filter((__, index) => tokens[index]?.length === 1);
    const long = lengths.filter((__, index) => tokens[index]?.length === 30);
    const confused = short.filter((length, index) => length > (long[index] ?? Infinity));
    // With padding of 1 to 62 characters, the short token has the longer line in an eighth of the pairs; without it, in none.
    expect(confused.length).toBeGreaterThan(short.length / 40);
  });
});
