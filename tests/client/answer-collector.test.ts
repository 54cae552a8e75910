// The result of an answer, collected from its lines.
import { describe, expect, test } from "vitest";
import { connectClient } from "../support/callers/connected-client.ts";
import { sendStream } from "../support/servers/line-service.ts";
import { toLines } from "../support/frames/sample-stream.ts";

const text = { text: "Hi" };
const toolUse = { toolUseId: "t", name: "f", input: {} };

describe("a result", () => {
  const start = { type: "start", version: 1, requestId: "r", modelId: "m" };
  const delta = (contentBlockIndex: number, value: unknown) => ({
    type: "contentBlockDelta",
    contentBlockIndex,
    delta: value,
  });
  const end = { type: "end", stopReason: "end_turn", timing: { totalMs: 1 } };

  async function resultOf(...events: unknown[]) {
    const { client } = await connectClient(({ response }) =>
      sendStream(response, toLines([start, ...events, end])),
    );
    return client.converse({ prompt: "hi" }).result();
  }

  test("a result has no message if the answer is empty", async () => {
    expect(await resultOf()).toMatchObject({ message: undefined, content: [] });
  });

  test("a result has no message if the answer's text is blank, but keeps the text in its content", async () => {
    expect(await resultOf(delta(0, { text: "\n\n" }))).toMatchObject({
      message: undefined,
      content: [{ text: "\n\n" }],
    });
  });

  test("a result leaves the blank text before a tool call out of its message, but keeps it in its content", async () => {
    const tool = {
      type: "contentBlockStart",
      contentBlockIndex: 1,
      start: { toolUse: { toolUseId: "t", name: "f" } },
    };
    const result = await resultOf(delta(0, { text: "\n\n" }), tool);
    expect(result.message).toEqual({ role: "assistant", content: [{ toolUse }] });
    expect(result.content).toEqual([{ text: "\n\n" }, { toolUse }]);
  });

  test("a result combines events of the same type: the second event replaces only the members that it has", async () => {
    const stop = { type: "messageStop", stopReason: "end_turn" };
    const usage = { inputTokens: 1, outputTokens: 2, totalTokens: 3 };
    const result = await resultOf(
      delta(0, text),
      { ...stop, additionalModelResponseFields: { a: 1 } },
      stop,
      { type: "metadata", usage, metrics: { latencyMs: 1 } },
      { type: "metadata", metrics: { latencyMs: 2 }, trace: {} },
    );
    expect(result).toMatchObject({
      additionalModelResponseFields: { a: 1 },
      metadata: { usage, metrics: { latencyMs: 2 }, trace: {} },
    });
  });
});
