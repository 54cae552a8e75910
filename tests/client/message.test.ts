// The message builder, which turns a stream's events into the assistant's message.
import { describe, expect, test } from "vitest";
import { createMessageBuilder } from "../../lib/client/message.ts";
import type { Line } from "../../lib/wire.ts";
import { sampleEvents, sampleMessage } from "../support/frames/sample-stream.ts";

function build(events: readonly unknown[]): unknown {
  const builder = createMessageBuilder();
  for (const event of events) builder.add(event as Line);
  return builder.build();
}

/** The content of one block, from its deltas. */
function contentOf(deltas: unknown[], start?: unknown): unknown {
  const begin = { type: "contentBlockStart", contentBlockIndex: 0, start };
  const events = deltas.map((delta) => ({ type: "contentBlockDelta", contentBlockIndex: 0, delta }));
  return (build(start === undefined ? events : [begin, ...events]) as { content: unknown }).content;
}

describe("createMessageBuilder()", () => {
  test("the message builder combines reasoning, text and tool use", () => {
    expect(build(sampleEvents)).toEqual(sampleMessage);
  });

  test("the message builder builds an empty assistant message if there are no events", () => {
    expect(build([])).toEqual({ role: "assistant", content: [] });
  });

  test("the message builder orders the blocks by contentBlockIndex, whatever the order of arrival", () => {
    const delta = (contentBlockIndex: number, text: string) => ({
      type: "contentBlockDelta",
      contentBlockIndex,
      delta: { text },
    });
    const events = [delta(10, "c"), delta(2, "b"), delta(0, "a"), delta(10, "C"), delta(2, "B")];
    expect(build(events)).toEqual({
      role: "assistant",
      content: [{ text: "a" }, { text: "bB" }, { text: "cC" }],
    });
  });

  test("the message builder joins thousands of pieces in order", () => {
    const pieces = Array.from({ length: 2500 }, (_, index) => `${index} `);
    expect(contentOf(pieces.map((text) => ({ text })))).toEqual([{ text: pieces.join("") }]);
  });

  test.each([
    ["no fragment", [], {}],
    ["empty fragments", ["", ""], {}],
    ["an empty object", ["{}"], {}],
    ["fragments", ['{"a":[1,', '{"b":null}]}'], { a: [1, { b: null }] }],
    [
      "a member __proto__",
      ['{"__proto__":{"polluted":true}}'],
      JSON.parse('{"__proto__":{"polluted":true}}'),
    ],
    ["JSON that was cut, as text", ['{"a":', "[1"], '{"a":[1'],
    ["JSON that is not an object, as text", ["[1]"], "[1]"],
    ["a JSON string, as text", ['"{}"'], '"{}"'],
  ])("the message builder reads the input of a tool use from %s", (_, fragments, input) => {
    const start = { toolUse: { toolUseId: "t", name: "f", type: "server_tool_use" } };
    const deltas = fragments.map((fragment) => ({ toolUse: { input: fragment } }));
    expect(contentOf(deltas, start)).toStrictEqual([{ toolUse: { ...start.toolUse, input } }]);
  });

  test("the message builder keeps redacted reasoning, and joins its base64 as bytes", () => {
    const encode = (text: string) => Buffer.from(text).toString("base64");
    const delta = (text: string) => ({ reasoningContent: { redactedContent: encode(text) } });
    expect(contentOf([delta("one")])).toEqual([{ reasoningContent: { redactedContent: encode("one") } }]);
    expect(contentOf([delta("a"), delta("bc")])).toEqual([
      { reasoningContent: { redactedContent: encode("abc") } },
    ]);
  });

  test("the message builder keeps a signature without text, and text without a signature", () => {
    const signed = [{ reasoningContent: { reasoningText: { text: "", signature: "sig" } } }];
    expect(
      contentOf([{ reasoningContent: { signature: "s" } }, { reasoningContent: { signature: "ig" } }]),
    ).toEqual(signed);
    const unsigned = [{ reasoningContent: { reasoningText: { text: "hm" } } }];
    expect(contentOf([{ reasoningContent: { text: "hm" } }])).toStrictEqual(unsigned);
  });

  test("the message builder turns text with citations into citationsContent", () => {
    const citations = [
      { title: "A", location: { documentChar: { documentIndex: 0, start: 1, end: 2 } } },
      { title: "B", source: "s", sourceContent: [{ text: "quoted" }] },
    ];
    const deltas = [
      { text: "As " },
      { citation: citations[0] },
      { text: "said" },
      { citation: citations[1] },
    ];
    expect(contentOf(deltas)).toEqual([{ citationsContent: { content: [{ text: "As said" }], citations } }]);
  });

  test("the message builder makes an image from its format and bytes", () => {
    const deltas = [{ image: { source: { bytes: "YQ==" } } }, { image: { source: { bytes: "Yg==" } } }];
    const image = { format: "png", source: { bytes: "YWI=" } };
    expect(contentOf(deltas, { image: { format: "png" } })).toEqual([{ image }]);
  });

  test.each([
    ["an s3Location", [{ source: { s3Location: { uri: "s3://b/k" } } }], { s3Location: { uri: "s3://b/k" } }],
    ["no delta", [], undefined],
    ["an empty delta", [{}], undefined],
  ])("the message builder does not invent bytes for an image with %s", (_, deltas, source) => {
    const image = { format: "png", ...(source && { source }) };
    expect(
      contentOf(
        deltas.map((delta) => ({ image: delta })),
        { image: { format: "png" } },
      ),
    ).toStrictEqual([{ image }]);
  });

  test("the message builder keeps an image's error together with the part that arrived", () => {
    const error = { message: "blocked" };
    const start = { image: { format: "png" } };
    expect(contentOf([{ image: { error } }], start)).toStrictEqual([{ image: { format: "png", error } }]);
    expect(contentOf([{ image: { error } }])).toStrictEqual([{ image: { error } }]);
    const deltas = [{ image: { source: { bytes: "YQ==" } } }, { image: { error } }];
    expect(contentOf(deltas, start)).toStrictEqual([
      { image: { format: "png", source: { bytes: "YQ==" }, error } },
    ]);
  });

  test.each([
    ["an object", { city: "Köln" }, [], { city: "Köln" }],
    ["an object before blank fragments", { a: 1 }, ["", " "], { a: 1 }],
    ["JSON text", '{"a":1}', [], { a: 1 }],
    ["an empty text", "", [], {}],
    ["an empty object before fragments", {}, ['{"a":', "2}"], { a: 2 }],
    ["a list, which becomes text", [1], [], "[1]"],
    ["null, which becomes text", null, [], "null"],
  ])(
    "the message builder reads a tool's input from contentBlockStart if it is %s",
    (_, given, fragments, input) => {
      const start = { toolUse: { toolUseId: "t", name: "f", input: given } };
      const deltas = fragments.map((fragment) => ({ toolUse: { input: fragment } }));
      expect(contentOf(deltas, start)).toStrictEqual([{ toolUse: { toolUseId: "t", name: "f", input } }]);
    },
  );

  test("the message builder reads a tool result and an image from contentBlockStart if no delta follows", () => {
    const toolResult = { toolUseId: "t", content: [{ text: "a" }] };
    expect(contentOf([], { toolResult })).toStrictEqual([{ toolResult }]);
    const image = { format: "png", source: { bytes: "YQ==" } };
    expect(contentOf([], { image })).toStrictEqual([{ image }]);
  });

  test("the message builder starts a new block when an index is used again after its contentBlockStop", () => {
    const start = (toolUseId: string) => ({
      type: "contentBlockStart",
      contentBlockIndex: 0,
      start: { toolUse: { toolUseId, name: "f" } },
    });
    const delta = (value: unknown, contentBlockIndex = 0) => ({
      type: "contentBlockDelta",
      contentBlockIndex,
      delta: value,
    });
    const stop = (contentBlockIndex = 0) => ({ type: "contentBlockStop", contentBlockIndex });
    const events = [
      delta({ text: "First" }),
      stop(),
      start("a"),
      delta({ toolUse: { input: '{"n":1}' } }),
      stop(),
      start("b"),
      delta({ toolUse: { input: '{"n":2}' } }),
      stop(),
      delta({ text: "one" }, 1),
      stop(1),
      delta({ text: "Las" }),
      delta({ text: "t" }),
      stop(),
      stop(),
      delta({ text: "!" }, 1),
    ];
    expect(build(events)).toEqual({
      role: "assistant",
      content: [
        { text: "First" },
        { toolUse: { toolUseId: "a", name: "f", input: { n: 1 } } },
        { toolUse: { toolUseId: "b", name: "f", input: { n: 2 } } },
        { text: "one" },
        { text: "Last" },
        { text: "!" },
      ],
    });
  });

  test("the message builder collects the content of a tool result", () => {
    const start = { toolResult: { toolUseId: "t", status: "success" } };
    const deltas = [{ toolResult: [{ text: "a" }] }, { toolResult: [{ json: { b: 1 } }, { text: "c" }] }];
    const content = [{ text: "a" }, { json: { b: 1 } }, { text: "c" }];
    expect(contentOf(deltas, start)).toEqual([{ toolResult: { ...start.toolResult, content } }]);
  });

  test("the message builder omits an empty text", () => {
    expect(contentOf([{ text: "" }])).toEqual([]);
  });

  test.each([
    ["an unknown kind", { hologram: { x: 1 } }],
    ["null", null],
    ["undefined", undefined],
    ["a list", [1]],
    ["a text that is not a string", { text: 1 }],
    ["a tool use that is null", { toolUse: null }],
    ["reasoning that is a list", { reasoningContent: [{ text: "a" }] }],
    ["a citation that is a string", { citation: "c" }],
    ["an image that is null", { image: null }],
  ])("the message builder ignores a delta that it cannot use: %s", (_, delta) => {
    expect(contentOf([{ text: "a" }, delta, { text: "b" }])).toEqual([{ text: "ab" }]);
  });

  test("the message builder ignores events whose members are missing", () => {
    const events = [
      { type: "contentBlockStart" },
      { type: "contentBlockDelta" },
      { type: "contentBlockStop" },
      { type: "x" },
    ];
    expect(build(events)).toEqual({ role: "assistant", content: [] });
  });

  test("the message builder builds a message that later events do not change", () => {
    const builder = createMessageBuilder();
    const add = (delta: unknown) =>
      builder.add({ type: "contentBlockDelta", contentBlockIndex: 0, delta } as Line);
    add({ citation: { title: "A" } });
    const before = builder.build();
    add({ citation: { title: "B" } });
    expect(before.content).toEqual([
      { citationsContent: { content: [{ text: "" }], citations: [{ title: "A" }] } },
    ]);
  });
});
