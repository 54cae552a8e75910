// Tests the limit on output tokens against every name and every JSON form in which a caller could send a limit.
import { describe, expect, test } from "vitest";
import { readConfiguration } from "../../../lib/stream/settings/configuration.ts";
import { ConverseError } from "../../../lib/stream/converse-error.ts";
import { checkRequest } from "../../../lib/stream/request/check-request.ts";

const configuration = readConfiguration({
  DELTAPIPE_MODELS: "a=vendor.a-v1:0",
  DELTAPIPE_MAX_TOKENS: "2000",
});

/**
 * Returns the request that is sent to Bedrock, or the error's message. `members` is JSON text, because an object
 * literal cannot have duplicate names or numbers like 1e999.
 */
function checked(members: string): object | string {
  try {
    return JSON.parse(checkRequest(`{"prompt":"Hi",${members}}`, configuration).body) as object;
  } catch (error) {
    if (!(error instanceof ConverseError)) throw error;
    expect(error.name).toBe("InvalidRequest");
    return error.message;
  }
}

const own = (json: string) => `"additionalModelRequestFields":${json}`;
const inference = (json: string) => `"inferenceConfig":${json}`;

describe("a limit that is above the service's or malformed", () => {
  test.each([
    ["as a float", inference(`{"maxTokens":2.001e3}`)],
    ["as a fraction", inference(`{"maxTokens":1999.5}`)],
    ["as a number that is infinite in JavaScript", inference(`{"maxTokens":1e999}`)],
    ["as a string", inference(`{"maxTokens":"2001"}`)],
    ["in an array", inference(`{"maxTokens":[2001]}`)],
    ["as an object", inference(`{"maxTokens":{"value":2001}}`)],
    ["as true", inference(`{"maxTokens":true}`)],
    ["in the second of two members", inference(`{"maxTokens":5,"maxTokens":2001}`)],
    ["with an escape in its name", inference(`{"max\\u0054okens":2001}`)],
    ["in another spelling beside the right one", inference(`{"maxTokens":5,"max_tokens":2001}`)],
    ["in another case beside the right one", inference(`{"maxTokens":5,"MaxTokens":2001}`)],
    ["beside a member that is infinite in JavaScript", inference(`{"maxTokens":5,"topP":1e999}`)],
    ["in the model's own fields", own(`{"max_tokens":2001}`)],
    ["in the model's own fields as a string", own(`{"max_tokens":"2000"}`)],
    ["in the model's own fields as null", own(`{"max_tokens":null}`)],
    ["in the model's own fields as zero", own(`{"max_tokens":0}`)],
    ["in the model's own fields as an object", own(`{"max_tokens":{"$numberLong":"2001"}}`)],
    ["in the model's own fields as an array", own(`{"max_tokens":[2001]}`)],
    [
      "in the model's own fields with more digits than a double holds",
      own(`{"max_tokens":2000.00000000000000001e1}`),
    ],
    ["in the model's own fields with punctuation in its name", own(`{" Max-Tokens. ":2001}`)],
    ["in the model's own fields beside a valid limit", own(`{"max_tokens":5,"max_new_tokens":2001}`)],
    ["in the model's own fields in a duplicate member", own(`{"max_tokens":5,"max_tokens":2001}`)],
    ["in the model's own fields if these are a string", own(`"{\\"max_tokens\\":2001}"`)],
    ["in the model's own fields if these are an array", own(`[{"max_tokens":2001}]`)],
  ])("a limit that is above the service's or malformed is rejected: %s", (_, members) => {
    expect(checked(members)).toMatch(
      /whole number above 0$|limit of 2000$|must be an object$|too large a number$/,
    );
  });
});

/**
 * The limits in the documentation of each model family:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
 */
describe("the service's limit", () => {
  test.each<[string, (limit: number) => object]>([
    ["Claude's", (limit) => ({ max_tokens: limit })],
    ["Claude's for text completions", (limit) => ({ max_tokens_to_sample: limit })],
    ["Claude's for thinking", (limit) => ({ thinking: { type: "enabled", budget_tokens: limit } })],
    ["Claude's for reasoning", (limit) => ({ reasoning_config: { type: "enabled", budget_tokens: limit } })],
    ["Llama's", (limit) => ({ max_gen_len: limit })],
    ["Jurassic's", (limit) => ({ maxTokens: limit })],
    ["Titan's", (limit) => ({ textGenerationConfig: { maxTokenCount: limit } })],
    ["Nova's", (limit) => ({ inferenceConfig: { maxTokens: limit } })],
    ["Nova's under its older name", (limit) => ({ inferenceConfig: { max_new_tokens: limit } })],
    ["Nova's for reasoning", (limit) => ({ reasoningConfig: { type: "enabled", budgetTokens: limit } })],
    ["OpenAI's", (limit) => ({ max_completion_tokens: limit })],
    ["OpenAI's for its Responses API", (limit) => ({ max_output_tokens: limit })],
    ["a marketplace model's", (limit) => ({ max_new_tokens: limit })],
    ["a marketplace model's, among its parameters", (limit) => ({ parameters: { max_new_tokens: limit } })],
  ])("the service's limit applies to each kind of limit: %s", (_, fields) => {
    expect(checked(own(JSON.stringify(fields(2001))))).toMatch(
      /: additionalModelRequestFields: \S+ is above .*2000$/,
    );
    expect(checked(own(JSON.stringify(fields(2000))))).toMatchObject({
      additionalModelRequestFields: fields(2000),
    });
  });
});

describe("the number of answers", () => {
  test.each([
    `{"n":2}`,
    `{"n":"1"}`,
    `{"n":[1]}`,
    `{"num_generations":5}`,
    `{"numResults":5}`,
    `{"best_of":5}`,
    `{"num_return_sequences":2}`,
    `{"parameters":{"num_return_sequences":2}}`,
  ])("a field for the number of answers is rejected unless it is the number 1: %s", (fields) => {
    expect(checked(own(fields))).toMatch(/must be 1: each answer is billed$/);
  });
});

describe("a field that sets no limit above the service's", () => {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://example.com/order.json",
    type: "object",
    properties: {
      n: { type: "integer", maximum: 20_000 },
      num_results: { type: "integer", default: 50 },
      max_tokens: { type: "integer", minimum: 0, maxLength: 0 },
      budget: { type: "number" },
      homepage: { type: "string", default: "https://example.com/", maxLength: 20_000 },
    },
    required: ["n", "max_tokens"],
  };
  test.each<[string, object]>([
    ["parameters", { top_k: 50, temperature: 0.5, seed: 99_999 }],
    ["lists of tokens", { stop_tokens: [50_256, 99_999], suppress_tokens: "-1", skip_special_tokens: true }],
    [
      "one answer, and thinking within the limit",
      { thinking: { type: "enabled", budget_tokens: 2000 }, n: 1 },
    ],
    ["the limit itself", { max_tokens: 2000, min_tokens: 1, length_penalty: 1.5 }],
    ["adaptive reasoning", { reasoning_config: { type: "adaptive", effort: "high" } }],
    ["a schema of Claude's output", { output_config: { format: { type: "json_schema", schema } } }],
    ["a schema of Claude's output in its older place", { output_format: { type: "json_schema", schema } }],
    [
      "a schema of another model's output",
      { response_format: { type: "json_schema", json_schema: { schema } } },
    ],
    [
      "a model's own tools",
      { tools: [{ name: "order", description: "https://example.com/", input_schema: schema }] },
    ],
    [
      "tools in OpenAI's form",
      { tools: [{ type: "function", function: { name: "order", parameters: schema } }] },
    ],
    [
      "an example of a tool's input",
      { tools: [{ name: "t", input_schema: {}, input_examples: [{ max_tokens: 9999, n: 5 }] }] },
    ],
    ["a task budget", { output_config: { task_budget: { type: "tokens", total: 64_000, remaining: 9999 } } }],
    ["stop sequences that look like URLs", { stop_sequences: ["http://", "s3://"] }],
    ["a user id that is a URL", { metadata: { user_id: "https://example.com/users/1" } }],
    [
      "names of limits at paths that no model reads",
      { a: { max_tokens: 9999 }, extra: [{ n: 5, max_gen_len: 9999 }] },
    ],
  ])("a field that sets no limit above the service's is sent unchanged: %s", (_, fields) => {
    expect(checked(own(JSON.stringify(fields)))).toMatchObject({ additionalModelRequestFields: fields });
  });

  test.each([`{"__proto__":{"max_tokens":2001}}`, `{"constructor":{"prototype":{"max_tokens":2001}}}`])(
    "a field below a name that objects inherit is sent unchanged: %s",
    (fields) => {
      expect(JSON.stringify(checked(own(fields)))).toContain(fields);
    },
  );

  test("an absent limit or null becomes the default", () => {
    for (const members of [`"system":[]`, inference("{}"), inference(`{"maxTokens":null}`)]) {
      expect(checked(members)).toMatchObject({ inferenceConfig: { maxTokens: 1024 } });
    }
  });

  test("a limit below __proto__ is ignored, and the default is sent", () => {
    const sent = JSON.stringify(checked(inference(`{"__proto__":{"maxTokens":5}}`)));
    expect(sent).toContain(`"inferenceConfig":{"__proto__":{"maxTokens":5},"maxTokens":1024}`);
  });
});
