// Generates JSON with any numbers and names in any order, and checks that Bedrock gets exactly the text that was sent.
import fc from "fast-check";
import { expect, test } from "vitest";
import { readConfiguration } from "../../lib/stream/settings/configuration.ts";
import { ConverseError } from "../../lib/stream/converse-error.ts";
import { checkRequest } from "../../lib/stream/request/check-request.ts";
import { parameters } from "../support/generated.ts";

const configuration = readConfiguration({ DELTAPIPE_MODELS: "a=vendor.a-v1:0", DELTAPIPE_MAX_DEPTH: "1000" });

const digits = fc.stringMatching(/^[0-9]{0,24}$/);
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(
      fc.constantFrom("", "-"),
      fc.nat(9),
      digits,
      digits,
      fc.constantFrom("", "e5", "E+05", "e-7", "e999"),
    )
    .map(
      ([sign, first, rest, fraction, exponent]) =>
        `${sign}${first === 0 ? "0" : `${first}${rest}`}${fraction && `.${fraction}`}${exponent}`,
    ),
);
const text = fc.string({ unit: "binary", maxLength: 12 }).map((value) => JSON.stringify(value));
const name = fc.oneof(
  fc.nat(20).map((value) => `"${value}"`),
  fc.constantFrom(`"4294967294"`, `"4294967295"`, `"01"`, `"-1"`, `"1.0"`, `"__proto__"`, `"toString"`),
  text,
);
/** JSON text without white space, with any notation of numbers and any order of names. */
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(number, text, fc.constantFrom("true", "false", "null")),
    fc.array(tie("json"), { maxLength: 5 }).map((values) => `[${values.join(",")}]`),
    fc
      .uniqueArray(fc.tuple(name, tie("json")), {
        maxLength: 5,
        selector: ([key]) => JSON.parse(key) as string,
      })
      .map((members) => `{${members.map(([key, value]) => `${key}:${value}`).join(",")}}`),
  ),
}));

const usualRuns = 2000;

test("any JSON in a tool's result and in a model's own fields is sent unchanged", () => {
  fc.assert(
    fc.property(json, json, (result, field) => {
      const message = `{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"json":${result}}]}}]}`;
      const fields = `"additionalModelRequestFields":{"field":${field}}`;
      const { body } = checkRequest(`{"messages":[${message}],${fields}}`, configuration);
      expect(body).toBe(`{"messages":[${message}],${fields},"inferenceConfig":{"maxTokens":1024}}`);
    }),
    parameters(usualRuns),
  );
});

test("any text is accepted, or rejected with a ConverseError", () => {
  const piece = fc.oneof(
    json,
    name,
    fc.constantFrom("{", "}", "[", "]", ",", ":", `"`, "\\", " ", `"prompt":`, "-", "e"),
  );
  const anything = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    fc
      .array(piece, { maxLength: 12 })
      .map((pieces) => `{"prompt":"Hi","outputConfig":{"a":${pieces.join("")}}}`),
  );
  fc.assert(
    fc.property(anything, (body) => {
      let sent: string;
      try {
        sent = checkRequest(body, configuration).body;
      } catch (error) {
        expect(error).toBeInstanceOf(ConverseError);
        return;
      }
      expect(JSON.parse(sent)).toMatchObject({ inferenceConfig: { maxTokens: 1024 } });
    }),
    parameters(usualRuns),
  );
});
