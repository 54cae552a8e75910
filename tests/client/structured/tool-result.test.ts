// Tests values that a tool result cannot contain.
import { expect, test } from "vitest";
import { toolResult } from "../../../lib/client/structured/tool-result.ts";

const cyclic: Record<string, unknown> = {};
cyclic["self"] = cyclic;

test.each([
  ["a function", () => 1],
  ["a symbol", Symbol("s")],
  ["an object whose toJSON returns nothing", { toJSON: () => undefined }],
  ["an object that contains itself", cyclic],
  ["a BigInt", 1n],
])("a value that JSON cannot contain is rejected with a TypeError: %s", (_, value) => {
  expect(() => toolResult({ toolUseId: "t1" }, value)).toThrow(TypeError);
});
