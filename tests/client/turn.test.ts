// The turn for the next request: what Bedrock sends and does not take back is not in it.
import { describe, expect, test } from "vitest";
import { turnOf } from "../../lib/client/turn.ts";
import type { ContentBlock } from "../../lib/wire.ts";
import { connectClient } from "../support/callers/connected-client.ts";
import { sendStream } from "../support/servers/line-service.ts";
import { toLines } from "../support/frames/sample-stream.ts";

const text = { text: "Hi" };
const toolUse = { toolUseId: "t", name: "f", input: {} };
const signed = { reasoningContent: { reasoningText: { text: "hm", signature: "s" } } };
const redacted = { reasoningContent: { redactedContent: "YQ==" } };
const citations = [{ title: "A" }];

function contentOf(content: ContentBlock[]): ContentBlock[] | undefined {
  return turnOf({ role: "assistant", content })?.content;
}

describe("a turn", () => {
  test.each<[string, ContentBlock]>([
    ["text with space around it", { text: "\n Hi \n" }],
    ["a call of a tool", { toolUse }],
    ["a call with an id of dots and colons", { toolUse: { ...toolUse, toolUseId: "functions.f:0" } }],
    ["text with citations", { citationsContent: { content: [text], citations } }],
    [
      "a result of a server's tool",
      { toolResult: { toolUseId: "t", content: [{ text: "a" }, { json: {} }] } },
    ],
  ])("keeps %s", (_, block) => {
    expect(contentOf([block])).toEqual([block]);
  });

  test.each<[string, ContentBlock]>([
    ["reasoning with its signature", signed],
    [
      "a signature alone, as adaptive thinking gives it",
      { reasoningContent: { reasoningText: { text: "", signature: "s" } } },
    ],
    ["redacted reasoning", redacted],
  ])("keeps %s before a text", (_, block) => {
    expect(contentOf([block, text])).toEqual([block, text]);
  });

  test.each<[string, ContentBlock]>([
    ["a line break", { text: "\n\n" }],
    ["a space", { text: " " }],
    ["a no-break space", { text: "\u00a0\u3000" }],
    ["white space in Java's sense", { text: "\u001c\u001f" }],
    ["an empty text", { text: "" }],
    ["a citation of nothing", { citationsContent: { content: [{ text: " " }], citations } }],
    ["a citation without content", { citationsContent: { content: [], citations } }],
    ["reasoning without a signature", { reasoningContent: { reasoningText: { text: "hm" } } }],
    [
      "reasoning with an empty signature",
      { reasoningContent: { reasoningText: { text: "hm", signature: "" } } },
    ],
    ["empty reasoning", { reasoningContent: { reasoningText: { text: "" } } }],
    ["empty redacted reasoning", { reasoningContent: { redactedContent: "" } }],
    ["reasoning that is none", { reasoningContent: {} }],
    [
      "an image, which Bedrock takes from users alone",
      { image: { format: "png", source: { bytes: "YQ==" } } },
    ],
    ["a tool's name that is none", { toolUse: { ...toolUse, name: "functions.f<|channel|>" } }],
    ["a tool without a name", { toolUse: { toolUseId: "t", input: {} } as never }],
    ["an empty id of a tool use", { toolUse: { ...toolUse, toolUseId: "" } }],
    ["a kind that is not known", { hologram: {} }],
  ])("leaves out %s, and is none if nothing else is there", (_, block) => {
    expect(contentOf([text, block, { toolUse }])).toEqual([text, { toolUse }]);
    expect(contentOf([block])).toBeUndefined();
  });

  test("is none without content", () => {
    expect(contentOf([])).toBeUndefined();
  });

  test("is none of reasoning alone, and does not end with it", () => {
    expect(contentOf([signed, redacted])).toBeUndefined();
    expect(contentOf([signed, { text: " " }])).toBeUndefined();
    expect(contentOf([signed, text, redacted])).toEqual([signed, text]);
  });

  test("leaves blank texts out of a tool's result", () => {
    const toolResult = { toolUseId: "t", content: [{ text: "" }, { json: {} }, null] };
    expect(contentOf([text, { toolResult }])).toEqual([
      text,
      { toolResult: { toolUseId: "t", content: [{ json: {} }, null] } },
    ]);
  });

  test("replaces half a character, where max_tokens cut it", () => {
    expect(contentOf([{ text: "Hi \ud83d" }])).toEqual([{ text: "Hi \uFFFD" }]);
    expect(contentOf([{ text: "\ud83d\ude00" }])).toEqual([{ text: "😀" }]);
  });
});

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

  test("has no message where the answer is empty", async () => {
    expect(await resultOf()).toMatchObject({ message: undefined, content: [] });
  });

  test("has no message where the answer is blank, and keeps what came", async () => {
    expect(await resultOf(delta(0, { text: "\n\n" }))).toMatchObject({
      message: undefined,
      content: [{ text: "\n\n" }],
    });
  });

  test("has a message without the blank text before a tool, and all of the content", async () => {
    const tool = {
      type: "contentBlockStart",
      contentBlockIndex: 1,
      start: { toolUse: { toolUseId: "t", name: "f" } },
    };
    const result = await resultOf(delta(0, { text: "\n\n" }), tool);
    expect(result.message).toEqual({ role: "assistant", content: [{ toolUse }] });
    expect(result.content).toEqual([{ text: "\n\n" }, { toolUse }]);
  });

  test("keeps what an earlier event said where a later one of its kind says less", async () => {
    const stop = { type: "messageStop", stopReason: "end_turn" };
    const usage = { inputTokens: 1, outputTokens: 2, totalTokens: 3 };
    const result = await resultOf(
      delta(0, text),
      { ...stop, additionalModelResponseFields: { a: 1 } },
      stop,
      { type: "metadata", usage, metrics: { latencyMs: 1 } },
      { type: "metadata", trace: {} },
    );
    expect(result).toMatchObject({ additionalModelResponseFields: { a: 1 }, metadata: { usage, trace: {} } });
  });
});
