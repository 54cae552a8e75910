// Tests the frame program's check that replaces JSON.parse for most deltas: it must never accept what JSON.parse would reject.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventStreamDecoder } from "../../../lib/stream/events/event-stream-decoder.ts";
import { frame } from "../../support/frames/aws-frames.ts";

/** Whether the frame program accepts the text as the payload of a frame, so that the frame is part of a run. */
function isPlainObject(text: string): boolean {
  const headers = { ":event-type": "contentBlockDelta", ":message-type": "event" };
  const parts = { beginning: Buffer.from(`{"type":"contentBlockDelta",`), end: Buffer.from("\n") };
  let lines: string | undefined;
  const decoder = new EventStreamDecoder(() => undefined, {
    lineParts: () => parts,
    onRun: (run) => (lines = run.lines.toString()),
  });
  decoder.push(frame(headers, `{"first":1}`));
  decoder.push(frame(headers, text));
  if (lines !== undefined) expect(lines).toBe(`{"type":"contentBlockDelta",${text.slice(1)}\n`);
  return lines !== undefined;
}

/** Checks with JSON.parse that the text is an object that the frame program may accept. */
function isReallyPlain(text: string): boolean {
  const value: unknown = JSON.parse(text);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return (
    isObject &&
    Object.keys(value).length > 0 &&
    !Object.keys(value).some((key) => /^(bedrock:)*type$/.test(key)) &&
    !/[\t\n\r]/.test(text)
  );
}

const delta = `{"contentBlockIndex":0,"delta":{"text":"say \\"hi\\"\\n\\u00e9"},"p":"abc"}`;

describe("the check for plain objects", () => {
  test.each([
    delta,
    `{"contentBlockIndex":12,"delta":{"reasoningContent":{"text":"Grüße"}},"p":""}`,
    `{"a":-0.5e+10,"b":true,"c":null,"d":{},"typ":"type","types":1,"bedrock:types":1}`,
    `{"a":[],"b":[0,-1,[false]],"c":{"type":1,"d":{"type":"\\u0041"}},"e":1E5,"f":120.05}`,
    `{"a":"sixteen bytes go","b":"sixteen bytes go, and one quote\\"","c":"Grüße 世界 👩‍🚀 and more than 16 bytes"}`,
    `{"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}}}`,
  ])("the frame program accepts a typical event: %s", (text) => {
    expect(isPlainObject(text)).toBe(true);
    expect(isReallyPlain(text)).toBe(true);
  });

  test.each([
    ["values that are not objects with members", "", "{}", "[]", `"a"`, "1"],
    [
      "members called type",
      `{"type":1}`,
      `{"a":1,"type":"x"}`,
      `{"typ\\u0065":1}`,
      `{"bedrock:type":1}`,
      `{"bedrock:bedrock:type":1}`,
    ],
    [
      "literals that are misspelled or cut off",
      `{"a":tru}`,
      `{"a":True}`,
      `{"a":nul`,
      `{"a":falsy}`,
      `{"a":true1}`,
    ],
    [
      "numbers that are not valid in JSON",
      `{"a":01}`,
      `{"a":1.}`,
      `{"a":.5}`,
      `{"a":+1}`,
      `{"a":1e}`,
      `{"a":-}`,
      `{"a":NaN}`,
    ],
    [
      "strings that are not valid in JSON",
      `{"a":"\t"}`,
      `{"a":"\\x"}`,
      `{"a":"\\u12g4"}`,
      `{"a":"\n"}`,
      `{"a":"\u0000"}`,
      `{"a":"b}`,
    ],
    [
      "misplaced punctuation",
      `{"a":1,}`,
      `{,"a":1}`,
      `{"a"}`,
      `{"a":}`,
      `{"a":1}}`,
      `{"a":{"b":1}`,
      `{"a":{"b":1]}`,
      `{"a":[1}}`,
      `{"a":[1,]}`,
      `{"a":[,1]}`,
      `{"a":{,}}`,
      `{"a":1} `,
      `{"a":1}\n`,
    ],
    [
      "valid JSON that only JSON.parse accepts, and two objects in a row",
      `{"a": 1}`,
      `{"a":1 }`,
      ` {"a":1}`,
      `{"a":[1, 2]}`,
      `{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{"i":1}}}}}}}}}`,
      `{"a":1}{"b":1}`,
    ],
  ])("the frame program rejects %s", (_, ...texts) => {
    expect(texts.filter((text) => isPlainObject(text))).toEqual([]);
  });

  test("the frame program accepts only what JSON.parse accepts, for any object with a few characters changed", () => {
    const edits = fc.array(
      fc.record({
        at: fc.nat(80),
        remove: fc.nat(2),
        add: fc.constantFrom(...`{}[]",:\\u0e.-+1t \n\tné`, "type", "true", "null", "[1]"),
      }),
      { maxLength: 3 },
    );
    const start = fc.oneof(
      fc.constant(delta),
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })).map((value) => JSON.stringify(value)),
    );
    let plain = 0;
    fc.assert(
      fc.property(start, edits, (text, changes) => {
        const changed = changes.reduce(
          (now, { at, remove, add }) => now.slice(0, at) + add + now.slice(at + remove),
          text,
        );
        if (!isPlainObject(changed)) return true;
        plain++;
        return isReallyPlain(changed);
      }),
      { numRuns: 5000 },
    );
    // Guards against a generator that never produces an accepted text.
    expect(plain).toBeGreaterThan(100);
  });
});
