// Tests that cutting members out of a request's text changes nothing else, and never makes a broken text valid.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutMembers } from "../../../lib/stream/request/json-source.ts";
import { parameters } from "../../support/generated.ts";

const names = new Set(["key", "line"]);
const cut = (text: string) => {
  const { cut: found, rest } = cutMembers(text, names);
  return { cut: Object.fromEntries(found), rest };
};

describe("cutting members out of a text", () => {
  test.each([
    [`{"key":"a"}`, { key: `"a"` }, `{}`],
    [`{"key":"a","b":1}`, { key: `"a"` }, `{"b":1}`],
    [`{"b":1,"key":"a"}`, { key: `"a"` }, `{"b":1}`],
    [`{"b":1,"key":"a","c":2}`, { key: `"a"` }, `{"b":1,"c":2}`],
    [`{"line":2,"b":1,"key":"a"}`, { line: "2", key: `"a"` }, `{"b":1}`],
    [` {  "key" : "a" ,\n "b" : 1e999 } `, { key: `"a"` }, ` {  "b" : 1e999 } `],
    [`{"k\\u0065y":"a","b":1}`, { key: `"a"` }, `{"b":1}`],
    [`{"key":{"key":[1]},"b":1}`, { key: `{"key":[1]}` }, `{"b":1}`],
    [`{"key":"a","key":"b"}`, { key: `"b"` }, `{}`],
    [`{"key":"a, \\"b\\": 1}","b":1}`, { key: `"a, \\"b\\": 1}"` }, `{"b":1}`],
  ])("cutMembers leaves the other members as they are: %s", (text, members, rest) => {
    expect(cut(text)).toEqual({ cut: members, rest });
  });

  test.each([
    `{}`,
    ``,
    `null`,
    `"key"`,
    `[{"key":"a"}]`,
    `{"b":{"key":"a"}}`,
    `{"b":"key"}`,
    `{"b":1, "c":9007199254740993}`,
    `{"key":"a", oops "b":1}`,
    `{"key":"a"; "b":1}`,
  ])("a text without members to cut, or with a fault between members, stays unchanged: %s", (text) => {
    expect(cut(text)).toEqual({ cut: {}, rest: text });
  });

  test("cutMembers never turns invalid JSON into valid JSON", () => {
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom(`{`, `}`, `"`, `,`, `:`, ` x `, `[`, `]`, `\\`))
      .map(([json, at, extra]) => {
        const text = `{"key":"a","b":${json},"line":1}`;
        const position = at % (text.length + 1);
        return text.slice(0, position) + extra + text.slice(position);
      });
    fc.assert(
      fc.property(broken, (text) => {
        const { cut: found, rest } = cutMembers(text, names);
        const isCutValid = [...found.values()].every(isJson);
        expect(isJson(text) || !isCutValid || !isJson(rest) || found.size === 0).toBe(true);
      }),
      parameters(500),
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
