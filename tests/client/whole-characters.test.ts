// Characters that Bedrock splits between two deltas arrive whole in the text.
import { describe, expect, test } from "vitest";
import { StreamCutError } from "../../lib/client/index.ts";
import { connectClient } from "../support/callers/connected-client.ts";
import { sendStream } from "../support/servers/line-service.ts";
import { toLines } from "../support/frames/sample-stream.ts";

const start = { type: "start", version: 1, requestId: "r", modelId: "m" };
const end = { type: "end", stopReason: "end_turn", timing: { totalMs: 1 } };
const delta = (text: string, contentBlockIndex = 0) => ({
  type: "contentBlockDelta",
  contentBlockIndex,
  delta: { text },
});
const stop = (contentBlockIndex = 0) => ({ type: "contentBlockStop", contentBlockIndex });
const [high, low] = ["\ud83d", "\ude00"];

/** Collects the pieces of the text, and the error at its end. */
async function read(events: unknown[]): Promise<{ pieces: string[]; error: unknown; after: unknown }> {
  const { client } = await connectClient(({ response }) => sendStream(response, toLines([start, ...events])));
  const texts = client.converse({ prompt: "hi" }).textStream();
  const pieces: string[] = [];
  let error: unknown;
  try {
    for (let step = await texts.next(); !step.done; step = await texts.next()) pieces.push(step.value);
  } catch (caught) {
    error = caught;
  }
  return { pieces, error, after: await texts.next() };
}

describe("textStream()", () => {
  test.each<[string, unknown[], string[]]>([
    ["in two deltas", [delta(`a${high}`), delta(`${low}b`)], ["a", "😀b"]],
    ["that is alone in its two deltas", [delta(high), delta(low)], ["😀"]],
    ["with an empty delta between them", [delta(high), delta(""), delta(low)], ["😀"]],
    ["with a ping between them", [delta(high), { type: "ping" }, delta(low)], ["😀"]],
    ["when another character follows", [delta(high), delta(`${low}${high}`), delta(low)], ["😀", "😀"]],
    [
      "in two blocks at once",
      [delta(high), delta(`x${high}`, 1), delta(low), delta(low, 1)],
      ["x", "😀", "😀"],
    ],
  ])("textStream() joins the halves of a character %s", async (_, events, pieces) => {
    expect(await read([...events, end])).toMatchObject({ pieces, error: undefined, after: { done: true } });
  });

  test.each<[string, unknown[], string[]]>([
    ["at the block's end", [delta(`a${high}`), stop(), delta("b"), stop()], ["a", high, "b"]],
    ["at the answer's end", [delta(`a${high}`)], ["a", high]],
    ["before other text", [delta(high), delta("b")], [`${high}b`]],
    ["if it is the second half", [delta(low)], [low]],
  ])("textStream() keeps a single half of a character %s", async (_, events, pieces) => {
    expect(await read([...events, end])).toMatchObject({ pieces, error: undefined, after: { done: true } });
  });

  test("textStream() yields the first half of a character if the second never comes, and then throws the error", async () => {
    const { pieces, error, after } = await read([delta(`a${high}`)]);
    expect(pieces).toEqual(["a", high]);
    expect(error).toBeInstanceOf(StreamCutError);
    expect(after).toMatchObject({ done: true });
  });
});
