// Tests that folding a stream into Converse's response loses and changes nothing.
import { describe, expect, test } from "vitest";
import { ConverseFold } from "../../../lib/stream/converse/converse-fold.ts";
import { cpuTime } from "../../support/processes/cpu-time.ts";
import { InvalidEvent } from "../../../lib/stream/lines/event-payload.ts";

type Event = [name: string, payload: string];

function fold(...events: Event[]): string {
  const folding = new ConverseFold();
  for (const [name, payload] of events) folding.event(name, Buffer.from(payload));
  expect(folding.take()).toHaveLength(0);
  folding.own({ type: "end", stopReason: "end_turn", timing: { totalMs: 1 } });
  return folding.take().toString();
}

/** The content of a message, as JSON text. */
function contentOf(...events: Event[]): string {
  const text = fold(["messageStart", `{"role":"assistant","p":"ab"}`], ...events);
  const [, content] = /^\{"output":\{"message":\{"role":"assistant","content":(.*)\}\}\}$/s.exec(text) ?? [];
  return content ?? text;
}

function delta(index: number, content: string): Event {
  return ["contentBlockDelta", `{"contentBlockIndex":${index},"delta":${content},"p":"abc"}`];
}

function start(index: number, content: string): Event {
  return ["contentBlockStart", `{"contentBlockIndex":${index},"start":${content},"p":"abc"}`];
}

function stop(index: number): Event {
  return ["contentBlockStop", `{"contentBlockIndex":${index}}`];
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("content blocks", () => {
  test.each<[string, string, ...Event[]]>([
    [
      "text in pieces",
      `[{"text":"Hi there"}]`,
      delta(0, `{"text":"Hi"}`),
      delta(0, `{"text":" there"}`),
      stop(0),
    ],
    ["halves of an emoji", `[{"text":"😀"}]`, delta(0, `{"text":"\\ud83d"}`), delta(0, `{"text":"\\ude00"}`)],
    ["no text at all", "[]", delta(0, `{"text":""}`), stop(0)],
    [
      "reasoning with a signature",
      `[{"reasoningContent":{"reasoningText":{"text":"ab","signature":"s1s2"}}}]`,
      delta(0, `{"reasoningContent":{"text":"a"}}`),
      delta(0, `{"reasoningContent":{"text":"b"}}`),
      delta(0, `{"reasoningContent":{"signature":"s1"}}`),
      delta(0, `{"reasoningContent":{"signature":"s2"}}`),
    ],
    [
      "reasoning that is only a signature",
      `[{"reasoningContent":{"reasoningText":{"text":"","signature":"s"}}}]`,
      delta(0, `{"reasoningContent":{"signature":"s"}}`),
    ],
    [
      "redacted reasoning in padded pieces",
      `[{"reasoningContent":{"redactedContent":"${base64("abcde")}"}}]`,
      delta(0, `{"reasoningContent":{"redactedContent":"${base64("ab")}"}}`),
      delta(0, `{"reasoningContent":{"redactedContent":"${base64("cde")}"}}`),
    ],
    [
      "a tool's input with numbers that JavaScript would round",
      `[{"toolUse":{"toolUseId":"t","name":"n","type":"server_tool_use","input":{"id":9007199254740993,"x":1.0}}}]`,
      start(0, `{"toolUse":{"toolUseId":"t","name":"n","type":"server_tool_use"}}`),
      delta(0, `{"toolUse":{"input":""}}`),
      delta(0, `{"toolUse":{"input":"{\\"id\\":90071992"}}`),
      delta(0, `{"toolUse":{"input":"54740993,\\"x\\":1.0}"}}`),
    ],
    [
      "a tool without an input",
      `[{"toolUse":{"toolUseId":"t","name":"n","input":{}}}]`,
      start(0, `{"toolUse":{"toolUseId":"t","name":"n"}}`),
    ],
    [
      "a tool's input that was cut off",
      `[{"toolUse":{"toolUseId":"t","name":"n","input":"{\\"a"}}]`,
      start(0, `{"toolUse":{"toolUseId":"t","name":"n"}}`),
      delta(0, `{"toolUse":{"input":"{\\"a"}}`),
    ],
    [
      "results of a tool",
      `[{"toolResult":{"toolUseId":"t","status":"success","content":[{"text":"a"},{"json":{"n":1e400}},{"text":"b"}]}}]`,
      start(0, `{"toolResult":{"toolUseId":"t","status":"success"}}`),
      delta(0, `{"toolResult":[{"text":"a"},{"json":{"n":1e400}}]}`),
      delta(0, `{"toolResult":[]}`),
      delta(0, `{"toolResult":[ {"text":"b"} ]}`),
    ],
    [
      "citations and the text that they belong to",
      `[{"citationsContent":{"content":[{"text":"ab"}],"citations":[{"title":"T","location":{"web":{"url":"u"}}},{"source":"s"}]}}]`,
      delta(0, `{"text":"a"}`),
      delta(0, `{"citation":{"title":"T","location":{"web":{"url":"u"}}}}`),
      delta(0, `{"text":"b"}`),
      delta(0, `{"citation":{"source":"s"}}`),
    ],
    [
      "an image in pieces",
      `[{"image":{"format":"png","source":{"bytes":"${base64("abcde")}"}}}]`,
      start(0, `{"image":{"format":"png"}}`),
      delta(0, `{"image":{"source":{"bytes":"${base64("ab")}"}}}`),
      delta(0, `{"image":{"source":{"bytes":"${base64("cde")}"}}}`),
    ],
    [
      "bytes in one piece, which stay unchanged",
      `[{"image":{"source":{"bytes":"QQ="}}}]`,
      delta(0, `{"image":{"source":{"bytes":"QQ="}}}`),
      delta(0, `{"image":{"source":{"bytes":""}}}`),
    ],
    [
      "an image that failed",
      `[{"image":{"format":"png","error":{"message":"m"}}}]`,
      start(0, `{"image":{"format":"png"}}`),
      delta(0, `{"image":{"error":{"message":"m"}}}`),
    ],
    [
      "blocks in the order of their index",
      `[{"text":"a"},{"text":"b"}]`,
      delta(1, `{"text":"b"}`),
      delta(0, `{"text":"a"}`),
    ],
  ])("the content of a message is joined from its deltas: %s", (_, content, ...events) => {
    expect(contentOf(...events)).toBe(content);
  });

  test("a member called __proto__ in a content block changes no other object", () => {
    contentOf(start(0, `{"toolUse":{"__proto__":{"polluted":true},"name":"n"}}`));
    expect({}).not.toHaveProperty("polluted");
  });

  test.each([
    ["a delta", delta(0, `{"hologram":{"depth":3}}`)],
    ["a start", start(0, `{"hologram":{}}`)],
    ["reasoning", delta(0, `{"reasoningContent":{"hologram":"a"}}`)],
  ])("a content block of an unknown kind ends the answer with an error: %s", (_, event) => {
    expect(() => fold(event)).toThrow(/Cannot return the answer in one response: .*content that Converse/);
  });
});

describe("the response", () => {
  test("the response has the members of messageStop and metadata as Bedrock wrote them, without padding", () => {
    const text = fold(
      ["messageStart", `{"role":"assistant"}`],
      [
        "messageStop",
        `{"stopReason":"end_turn","additionalModelResponseFields":{"/a":12345678901234567890,"b":1.0},"p":"ab"}`,
      ],
      ["somethingNew", `{"a":1}`],
      [
        "metadata",
        `{"usage":{"inputTokens":1,"cacheDetails":[{"ttl":"5m"}]},"metrics":{"latencyMs":3},"trace":{"guardrail":{"x":1e2}},"performanceConfig":{"latency":"standard"},"serviceTier":{"type":"default"},"p":"a"}`,
      ],
    );
    expect(text).toBe(
      `{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"end_turn",` +
        `"additionalModelResponseFields":{"/a":12345678901234567890,"b":1.0},` +
        `"usage":{"inputTokens":1,"cacheDetails":[{"ttl":"5m"}]},"metrics":{"latencyMs":3},` +
        `"trace":{"guardrail":{"x":1e2}},"performanceConfig":{"latency":"standard"},"serviceTier":{"type":"default"}}`,
    );
  });

  test.each([
    ["letters", "x".repeat(1024 * 1024)],
    ["characters of three bytes", "語".repeat((1024 * 1024) / 3)],
    ["characters that JSON escapes", "\\u0001".repeat((1024 * 1024) / 6)],
  ])("the response is limited in bytes: %s", (_, text) => {
    const piece = delta(0, `{"text":"${text}"}`);
    expect(() => fold(...Array.from({ length: 17 }, () => piece))).toThrow(/longer than 16777216 bytes/);
    expect(JSON.parse(fold(...Array.from({ length: 15 }, () => piece)))).toHaveProperty("output");
  });

  test("the response is limited in the number of pieces, even if they are empty", () => {
    const folding = new ConverseFold();
    const [name, payload] = delta(0, `{"text":""}`);
    const bytes = Buffer.from(payload);
    const flood = () => {
      for (let count = 0; count < 500_000; count++) folding.event(name, bytes);
    };
    expect(flood).toThrow(/longer than/);
  });

  test.each(["text", "reasoningContent", "toolUse"])(
    "the response may have 200,000 pieces of %s, more than any model's longest answer has tokens",
    (kind) => {
      const content = { text: `"abcd"`, reasoningContent: `{"text":"abcd"}`, toolUse: `{"input":"1234"}` }[
        kind
      ];
      const folding = new ConverseFold();
      const padded = `{"contentBlockIndex":0,"delta":{"${kind}":${content}},"p":"${"x".repeat(60)}"}`;
      const bytes = Buffer.from(padded);
      for (let count = 0; count < 200_000; count++) folding.event("contentBlockDelta", bytes);
      folding.own({ type: "end", stopReason: "end_turn", timing: { totalMs: 1 } });
      expect(folding.take().length).toBeGreaterThan(800_000);
    },
  );

  test("the response is limited in the number of content blocks", () => {
    const blocks = Array.from({ length: 32_000 }, (_, index) => delta(index, `{"text":""}`));
    expect(() => fold(...blocks)).toThrow(/longer than/);
  });

  test("the time to make the response grows only in proportion to the number of pieces of an image", () => {
    const pieces = (count: number) => {
      const all = Array.from({ length: count }, () => delta(0, `{"image":{"source":{"bytes":"${piece}"}}}`));
      return cpuTime(() => fold(...all));
    };
    const piece = base64("x".repeat(300));
    pieces(1000);
    expect(pieces(32_000)).toBeLessThan(100 * Math.max(1, pieces(2000)));
  });

  test.each(["this is not JSON", "[]", ""])(
    "the response cannot be made from a payload that is not an object: %j",
    (payload) => {
      expect(() => fold(["contentBlockDelta", payload])).toThrow(InvalidEvent);
    },
  );

  test.each(["", "a\nb", 'x"'])("the response cannot be made from an event called %j", (name) => {
    expect(() => fold([name, "{}"])).toThrow(InvalidEvent);
  });
});
