// Tests the check that replaces JSON.parse for most events: it must never accept what JSON.parse would reject.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPlainObject } from "../../../lib/stream/lines/plain-json.ts";
import { cpuTime } from "../../support/processes/cpu-time.ts";
import { scaled } from "../../support/deadline.ts";

/** Checks with JSON.parse that the text is an object that `isPlainObject` may accept. */
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

describe("isPlainObject", () => {
  test.each([
    delta,
    `{"contentBlockIndex":12,"delta":{"reasoningContent":{"text":"Grüße"}},"p":""}`,
    `{"a":-0.5e+10,"b":true,"c":null,"d":{},"typ":"type","types":1,"bedrock:types":1}`,
  ])("isPlainObject accepts a typical event: %s", (text) => {
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
      `{"a":1} `,
      `{"a":1}\n`,
    ],
    [
      "valid JSON that only the parser accepts, and two objects in a row",
      `{"a": 1}`,
      `{"a":1 }`,
      ` {"a":1}`,
      `{"a":[1]}`,
      `{"a":{"b":{"c":{}}}}`,
      `{"a":1}{"b":1}`,
    ],
  ])("isPlainObject rejects %s", (_, ...texts) => {
    expect(texts.filter((text) => isPlainObject(text))).toEqual([]);
  });

  test("isPlainObject accepts only what JSON.parse accepts, for any object with a few characters changed", () => {
    const edits = fc.array(
      fc.record({
        at: fc.nat(80),
        remove: fc.nat(2),
        add: fc.constantFrom(...`{}[]",:\\u0e.-+1t \n\tné`, "type"),
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

  test("isPlainObject rejects an almost valid object in linear time", () => {
    const members = Array.from({ length: 200 }, (_, number) => `"k${number}":{"a":{"b":1.5e1}}`).join(",");
    const spent = cpuTime(() => {
      for (let turn = 0; turn < 100; turn++) expect(isPlainObject(`{${members},"last":tru}`)).toBe(false);
    });
    expect(spent).toBeLessThan(scaled(1000));
  });
});
