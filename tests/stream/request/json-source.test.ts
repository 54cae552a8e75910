// Tests that numbers and the order of members reach Bedrock unchanged, even where JavaScript's parser would change them.
import { describe, expect, test } from "vitest";
import { readConfiguration } from "../../../lib/stream/settings/configuration.ts";
import { ConverseError } from "../../../lib/stream/converse-error.ts";
import { checkRequest } from "../../../lib/stream/request/check-request.ts";

const configuration = readConfiguration({ DELTAPIPE_MODELS: "a=vendor.a-v1:0,b=vendor.b-v1:0" });
const sent = (text: string) => checkRequest(text, configuration).body;
const result = (json: string) =>
  `{"messages":[{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"json":${json}}]}}]}]}`;

function rejection(text: string): string {
  try {
    sent(text);
  } catch (error) {
    if (error instanceof ConverseError && error.name === "InvalidRequest") return error.message;
    throw error;
  }
  throw new Error("The request was not rejected");
}

describe("a number", () => {
  test.each([
    "9007199254740993",
    "-9007199254740993",
    "123456789012345678901234567890",
    "1e999",
    "-1e999",
    "1e-999",
    "3.141592653589793238462643383279",
    "1.0",
    "-0",
    "-0.0",
    "1E5",
    "1e+05",
    "100000000000000000000000",
    "0.1",
    "42",
  ])("the number %s is sent unchanged", (number) => {
    expect(sent(result(`{"id":${number},"all":[${number},{"n":${number}}]}`))).toContain(
      `"json":{"id":${number},"all":[${number},{"n":${number}}]}`,
    );
  });

  test("numbers are sent unchanged in every member that the service passes on", () => {
    const members = [
      `"additionalModelRequestFields":{"top_k":1.0,"a":[9007199254740993]}`,
      `"toolConfig":{"tools":[{"toolSpec":{"name":"t","inputSchema":{"json":{"maximum":18446744073709551615}}}}]}`,
      `"requestMetadata":{"a":1.50}`,
      `"outputConfig":{"a":1e400}`,
    ];
    const body = sent(`{"prompt":"Hi",${members.join(",")}}`);
    for (const member of members) expect(body).toContain(member);
  });
});

describe("the order of members", () => {
  test.each([
    `{"2":"b","1":"a"}`,
    `{"name":"x","7":1}`,
    `{"10":1,"9":2,"x":3}`,
    `{"4294967294":1,"0":2}`,
    `[{"b":{"2024":1,"2023":2}}]`,
    `{"1":"a","2":"b","z":3}`,
  ])("the order of members in %s is kept", (json) => {
    expect(sent(result(json))).toContain(`"json":${json}`);
  });

  test("names with escapes keep their place", () => {
    const json = String.raw`{"x":1,"\u0031":2}`;
    expect(sent(result(json))).toContain(json);
  });
});

// If parsing would change a number or the order of members, the service sends parts of the request's own text.
describe("a request that is sent as its source text", () => {
  const message = `{"role":"user","content":[{"text":"1.0"}]}`;
  test("a request's source text has each member that the service sets exactly once", () => {
    const text = ` {\n "inferenceConfig" : {"temperature":1.0,"maxTokens":5.0} , "modelId":"b" ,"messages":[ ${message} ],"requestMetadata":{"a" : 1.0} } \n`;
    const { model, body } = checkRequest(text, configuration);
    expect(model.name).toBe("b");
    expect(body).toBe(
      `{"messages":[ ${message} ],"requestMetadata":{"a" : 1.0},"inferenceConfig":{"temperature":1,"maxTokens":5}}`,
    );
  });

  test("a request's source text gets a message that is made from its prompt", () => {
    expect(sent(`{"requestMetadata":{"a":1.0},"prompt":"}, \\"x\\": ["}`)).toBe(
      `{"requestMetadata":{"a":1.0},"messages":[{"role":"user","content":[{"text":"}, \\"x\\": ["}]}],"inferenceConfig":{"maxTokens":1024}}`,
    );
  });

  test("a request's source text may have escapes in the names of members", () => {
    const body = sent(
      `{"\\u0070rompt":"Hi","inference\\u0043onfig":{"maxTokens":7},"requestMetadata":{"a":1.0}}`,
    );
    expect(JSON.parse(body)).toEqual({
      messages: [{ role: "user", content: [{ text: "Hi" }] }],
      inferenceConfig: { maxTokens: 7 },
      requestMetadata: { a: 1 },
    });
  });

  test("a request's source text is subject to the limits", () => {
    const over = `"additionalModelRequestFields":{"max_tokens":8193.0}`;
    expect(rejection(`{"prompt":"Hi",${over}}`)).toMatch(/above this service's limit/);
    expect(rejection(`{"prompt":"Hi","inferenceConfig":{"maxTokens":8192.0000000000000001e1}}`)).toMatch(
      /limit/,
    );
  });

  test.each([
    ["at the top", `{"prompt":"Hi","inferenceConfig":{"maxTokens":99999},"inferenceConfig":{"topP":1.0}}`],
    [
      "in a nested object",
      `{"prompt":"Hi","additionalModelRequestFields":{"max_tokens":5,"max_tokens":6,"a":1.0}}`,
    ],
    [
      "with escapes",
      `{"prompt":"Hi","additionalModelRequestFields":{"max_tokens":5,"max_\\u0074okens":6,"a":1.0}}`,
    ],
    ["that is an array index", result(`{"1":1,"0":2,"1":3}`)],
  ])("a request's source text is rejected for a duplicate name %s", (_, text) => {
    expect(rejection(text)).toBe(
      "Cannot accept the request: the body has an object in which a name occurs twice; send each name once",
    );
  });

  test.each([
    `{"prompt":"secret","a":01}`,
    `{"prompt":1.0,}`,
    `{"prompt":-}`,
    `{"prompt":+1}`,
    `{"a" "b":1.0}`,
    `}{"a":1.0`,
    `{"\\x":1.0}`,
    `{"prompt":NaN}`,
  ])("a request's source text is rejected if it is not JSON: %s", (text) => {
    expect(rejection(text)).toMatch(/not valid JSON/);
  });
});
