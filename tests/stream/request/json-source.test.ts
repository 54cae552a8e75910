// Numbers and the order of members reach Bedrock as they were sent, also where JavaScript would change them.
import { describe, expect, test } from "vitest";
import { readConfiguration } from "../../../lib/stream/settings/configuration.ts";
import { ConverseError } from "../../../lib/stream/converse-error.ts";
import { checkRequest } from "../../../lib/stream/request/check-request.ts";

const configuration = readConfiguration({ DELTAPIPE_MODELS: "a=vendor.a-v1:0,b=vendor.b-v1:0" });
const sent = (text: string) => checkRequest(text, configuration).body;
const result = (json: string) =>
  `{"messages":[{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"json":${json}}]}}]}]}`;

function refusal(text: string): string {
  try {
    sent(text);
  } catch (error) {
    if (error instanceof ConverseError && error.name === "InvalidRequest") return error.message;
    throw error;
  }
  throw new Error("The request was not refused");
}

describe("a number is sent as it came", () => {
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
  ])("%s", (number) => {
    expect(sent(result(`{"id":${number},"all":[${number},{"n":${number}}]}`))).toContain(
      `"json":{"id":${number},"all":[${number},{"n":${number}}]}`,
    );
  });

  test("in every member that is the caller's own", () => {
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

describe("members are sent in the order in which they came", () => {
  test.each([
    `{"2":"b","1":"a"}`,
    `{"name":"x","7":1}`,
    `{"10":1,"9":2,"x":3}`,
    `{"4294967294":1,"0":2}`,
    `[{"b":{"2024":1,"2023":2}}]`,
    `{"1":"a","2":"b","z":3}`,
  ])("%s", (json) => {
    expect(sent(result(json))).toContain(`"json":${json}`);
  });

  test("also where their names have escapes", () => {
    const json = String.raw`{"x":1,"\u0031":2}`;
    expect(sent(result(json))).toContain(json);
  });
});

describe("around them all is as ever", () => {
  const message = `{"role":"user","content":[{"text":"1.0"}]}`;
  test("what the service decides is in the request once", () => {
    const text = ` {\n "inferenceConfig" : {"temperature":1.0,"maxTokens":5.0} , "modelId":"b" ,"messages":[ ${message} ],"requestMetadata":{"a" : 1.0} } \n`;
    const { model, body } = checkRequest(text, configuration);
    expect(model.name).toBe("b");
    expect(body).toBe(
      `{"messages":[ ${message} ],"requestMetadata":{"a" : 1.0},"inferenceConfig":{"temperature":1,"maxTokens":5}}`,
    );
  });

  test("a prompt becomes a message", () => {
    expect(sent(`{"requestMetadata":{"a":1.0},"prompt":"}, \\"x\\": ["}`)).toBe(
      `{"requestMetadata":{"a":1.0},"messages":[{"role":"user","content":[{"text":"}, \\"x\\": ["}]}],"inferenceConfig":{"maxTokens":1024}}`,
    );
  });

  test("a member's name may have escapes", () => {
    const body = sent(
      `{"\\u0070rompt":"Hi","inference\\u0043onfig":{"maxTokens":7},"requestMetadata":{"a":1.0}}`,
    );
    expect(JSON.parse(body)).toEqual({
      messages: [{ role: "user", content: [{ text: "Hi" }] }],
      inferenceConfig: { maxTokens: 7 },
      requestMetadata: { a: 1 },
    });
  });

  test("limits hold", () => {
    const over = `"additionalModelRequestFields":{"max_tokens":8193.0}`;
    expect(refusal(`{"prompt":"Hi",${over}}`)).toMatch(/above this service's cap/);
    expect(refusal(`{"prompt":"Hi","inferenceConfig":{"maxTokens":8192.0000000000000001e1}}`)).toMatch(/cap/);
  });

  test.each([
    ["at the top", `{"prompt":"Hi","inferenceConfig":{"maxTokens":99999},"inferenceConfig":{"topP":1.0}}`],
    ["further in", `{"prompt":"Hi","additionalModelRequestFields":{"max_tokens":5,"max_tokens":6,"a":1.0}}`],
    [
      "with escapes",
      `{"prompt":"Hi","additionalModelRequestFields":{"max_tokens":5,"max_\\u0074okens":6,"a":1.0}}`,
    ],
    ["as an index", result(`{"1":1,"0":2,"1":3}`)],
  ])("a name that stands twice in an object is refused there: %s", (_, text) => {
    expect(refusal(text)).toBe(
      "The body has an object with one name twice: nobody can say which of them counts",
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
  ])("what is no JSON is refused: %s", (text) => {
    expect(refusal(text)).toMatch(/not valid JSON/);
  });
});
