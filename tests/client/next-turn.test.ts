// The turn: the answer's message for the next request, without the content that Bedrock sends but does not accept.
import { describe, expect, test } from "vitest";
import { turnOf } from "../../lib/client/next-turn.ts";
import { unknownContentBlock } from "../../lib/client/unknown-content-block.ts";
import type { ContentBlock } from "../../lib/wire.ts";

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
    ["a tool call", { toolUse }],
    ["a call whose id has dots and colons", { toolUse: { ...toolUse, toolUseId: "functions.f:0" } }],
    ["text with citations", { citationsContent: { content: [text], citations } }],
    [
      "the result of a tool that the provider ran",
      { toolResult: { toolUseId: "t", content: [{ text: "a" }, { json: {} }] } },
    ],
  ])("a turn keeps %s", (_, block) => {
    expect(contentOf([block])).toEqual([block]);
  });

  test.each<[string, ContentBlock]>([
    ["reasoning with its signature", signed],
    [
      "adaptive thinking's signature without text",
      { reasoningContent: { reasoningText: { text: "", signature: "s" } } },
    ],
    ["redacted reasoning", redacted],
  ])("a turn keeps %s before a text", (_, block) => {
    expect(contentOf([block, text])).toEqual([block, text]);
  });

  test.each<[string, ContentBlock]>([
    ["a line break", { text: "\n\n" }],
    ["a space", { text: " " }],
    ["a no-break space", { text: "\u00a0\u3000" }],
    ["control characters that are white space in Java", { text: "\u001c\u001f" }],
    ["an empty text", { text: "" }],
    ["a citation of blank text", { citationsContent: { content: [{ text: " " }], citations } }],
    ["a citation without content", { citationsContent: { content: [], citations } }],
    ["reasoning without a signature", { reasoningContent: { reasoningText: { text: "hm" } } }],
    [
      "reasoning with an empty signature",
      { reasoningContent: { reasoningText: { text: "hm", signature: "" } } },
    ],
    ["empty reasoning", { reasoningContent: { reasoningText: { text: "" } } }],
    ["empty redacted reasoning", { reasoningContent: { redactedContent: "" } }],
    ["reasoning without members", { reasoningContent: {} as never }],
    ["an image", { image: { format: "png", source: { bytes: "YQ==" } } }],
    ["a tool with an invalid name", { toolUse: { ...toolUse, name: "functions.f<|channel|>" } }],
    ["a tool without a name", { toolUse: { toolUseId: "t", input: {} } as never }],
    ["a tool use with an empty id", { toolUse: { ...toolUse, toolUseId: "" } }],
    ["an unknown kind", unknownContentBlock({ hologram: {} })],
  ])("a turn leaves out %s, and is undefined if nothing else is left", (_, block) => {
    expect(contentOf([text, block, { toolUse }])).toEqual([text, { toolUse }]);
    expect(contentOf([block])).toBeUndefined();
  });

  test("a turn is undefined if the answer has no content", () => {
    expect(contentOf([])).toBeUndefined();
  });

  test("a turn is undefined if the answer has only reasoning", () => {
    expect(contentOf([signed, redacted])).toBeUndefined();
    expect(contentOf([signed, { text: " " }])).toBeUndefined();
  });

  test("a turn leaves out reasoning at the end", () => {
    expect(contentOf([signed, text, redacted])).toEqual([signed, text]);
  });

  test("a turn leaves blank texts out of a tool result", () => {
    const toolResult = { toolUseId: "t", content: [{ text: "" }, { json: {} }, null as never] };
    expect(contentOf([text, { toolResult }])).toEqual([
      text,
      { toolResult: { toolUseId: "t", content: [{ json: {} }, null] } },
    ]);
  });

  test("a turn replaces a lone surrogate where max_tokens cut the text", () => {
    expect(contentOf([{ text: "Hi \ud83d" }])).toEqual([{ text: "Hi \uFFFD" }]);
    expect(contentOf([{ text: "\ud83d\ude00" }])).toEqual([{ text: "😀" }]);
  });
});
