// Tests the frame encoder against AWS's codec.
import { expect, test } from "vitest";
import { eventFrame, exceptionFrame, rawEventFrame } from "../../../lib/local/bedrock/frames.ts";
import type { JsonObject } from "../../../lib/wire.ts";
import { codec } from "../../support/frames/aws-frames.ts";

const payloads: [shape: string, payload: JsonObject][] = [
  ["a role", { role: "assistant" }],
  ["no member at all", {}],
  ["a short text", { contentBlockIndex: 0, delta: { text: "Hi" } }],
  ["text with several bytes per character", { contentBlockIndex: 0, delta: { text: "é ☃ 😀 e\u0301 👩‍👩‍👧" } }],
  ["half an emoji", { contentBlockIndex: 0, delta: { text: "\ud83d" } }],
  ["control characters", { contentBlockIndex: 0, delta: { text: '\0\u0001\n\r\t"\\\u2028\u007f' } }],
  ["a long text", { contentBlockIndex: 0, delta: { text: "ü".repeat(70_000) } }],
  ["metadata", { usage: { inputTokens: 5, outputTokens: 1, totalTokens: 6 }, metrics: { latencyMs: 312 } }],
];

function stringHeader(value: string) {
  return { type: "string" as const, value };
}

test.each(payloads)("an event with %s is encoded as AWS's codec encodes it", (_, payload) => {
  const frame = eventFrame("contentBlockDelta", payload);
  const { body } = codec.decode(frame);
  const headers = {
    ":event-type": stringHeader("contentBlockDelta"),
    ":content-type": stringHeader("application/json"),
    ":message-type": stringHeader("event"),
  };
  expect(frame.equals(codec.encode({ headers, body }))).toBe(true);
  const { p, ...rest } = JSON.parse(Buffer.from(body).toString()) as JsonObject;
  expect(rest).toEqual(payload);
  expect(p).toMatch(/^abc|^ab?$/);
});

test("an exception is encoded as AWS's codec encodes it, without padding", () => {
  const payload = { message: "Too many tokens", originalStatusCode: 500 };
  const headers = {
    ":exception-type": stringHeader("throttlingException"),
    ":content-type": stringHeader("application/json"),
    ":message-type": stringHeader("exception"),
  };
  const body = Buffer.from(JSON.stringify(payload));
  expect(exceptionFrame("throttlingException", payload).equals(codec.encode({ headers, body }))).toBe(true);
});

test("the padding is the last member, and its length varies", () => {
  const texts = Array.from({ length: 200 }, () =>
    Buffer.from(codec.decode(eventFrame("messageStart", { role: "assistant" })).body).toString(),
  );
  for (const text of texts) expect(text).toMatch(/^\{"role":"assistant","p":"[a-zA-Z0-9]{1,62}"\}$/);
  expect(new Set(texts).size).toBeGreaterThan(20);
});

test("a raw payload is written unchanged", () => {
  const { headers, body } = codec.decode(rawEventFrame("contentBlockDelta", "this is not JSON"));
  expect(Buffer.from(body).toString()).toBe("this is not JSON");
  expect(headers[":event-type"]).toEqual(stringHeader("contentBlockDelta"));
});

test.each([0, 8, 12, 60, -1])("AWS's codec rejects a frame with a wrong byte at %i", (offset) => {
  const frame = eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hi" } });
  const at = (offset + frame.length) % frame.length;
  frame.writeUInt8(frame.readUInt8(at) ^ 1, at);
  expect(() => codec.decode(frame)).toThrow();
});
