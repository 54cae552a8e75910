// The cap on output tokens, attacked under every name and in every shape that JSON allows.
import { describe, expect, test } from "vitest";
import { readConfiguration } from "../lib/stream/configuration.ts";
import { ConverseError } from "../lib/stream/errors.ts";
import { checkRequest } from "../lib/stream/request.ts";

const configuration = readConfiguration({
  DELTAPIPE_MODELS: "a=vendor.a-v1:0",
  DELTAPIPE_MAX_TOKENS: "2000",
});

/** What is sent, or the refusal's message. `members` is JSON, so that it can hold what no object literal can. */
function tried(members: string): object | string {
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

describe("more tokens than the cap are refused", () => {
  test.each([
    ["as a float", inference(`{"maxTokens":2.001e3}`)],
    ["as a number that is no integer", inference(`{"maxTokens":1999.5}`)],
    ["as a number beyond all numbers", inference(`{"maxTokens":1e999}`)],
    ["as a text", inference(`{"maxTokens":"2001"}`)],
    ["in an array", inference(`{"maxTokens":[2001]}`)],
    ["as an object", inference(`{"maxTokens":{"value":2001}}`)],
    ["as true", inference(`{"maxTokens":true}`)],
    ["in the second of two members", inference(`{"maxTokens":5,"maxTokens":2001}`)],
    ["with an escape in its name", inference(`{"max\\u0054okens":2001}`)],
    ["in another spelling beside the right one", inference(`{"maxTokens":5,"max_tokens":2001}`)],
    ["in another case beside the right one", inference(`{"maxTokens":5,"MaxTokens":2001}`)],
    ["below __proto__", inference(`{"__proto__":{"max_tokens":2001}}`)],
    ["in the model's own fields", own(`{"max_tokens":2001}`)],
    ["there as a text", own(`{"max_tokens":"2001"}`)],
    ["there as null", own(`{"max_tokens":null}`)],
    ["there as an object", own(`{"max_tokens":{"$numberLong":"2001"}}`)],
    ["there in an array", own(`{"max_tokens":[2001]}`)],
    ["there below __proto__", own(`{"__proto__":{"max_tokens":2001}}`)],
    ["there below constructor", own(`{"constructor":{"prototype":{"max_tokens":2001}}}`)],
    ["there within arrays", own(`{"a":[[[{"b":[{"max_gen_len":2001}]}]]]}`)],
    ["there 50 levels down", own(`${`{"a":`.repeat(50)}{"max_tokens":2001}${"}".repeat(50)}`)],
    ["there with marks in its name", own(`{" Max-Tokens. ":2001}`)],
    ["there beside a good one", own(`{"max_tokens":5,"max_new_tokens":2001}`)],
    ["there as a budget of thoughts", own(`{"thinking":{"type":"enabled","budget_tokens":2001}}`)],
    ["there as another budget", own(`{"generationConfig":{"thinkingConfig":{"thinkingBudget":2001}}}`)],
    ["there as a budget without end", own(`{"thinking_budget":-1}`)],
    ["there as an answer's tokens", own(`{"output_tokens":2001}`)],
    ["there as an answer's length", own(`{"textGenerationConfig":{"responseLength":2001}}`)],
    ["there under a name that only resembles one", own(`{"reasoning_max_tokens":2001}`)],
    ["there under such a name, as a text", own(`{"tokens":" 2001 "}`)],
    ["there under such a name, in another base", own(`{"token_limit":"0x7d1"}`)],
    ["there as a prediction's length", own(`{"n_predict":2001}`)],
    ["as fields that are a text", own(`"{\\"max_tokens\\":2001}"`)],
    ["as fields that are an array", own(`[{"max_tokens":2001}]`)],
    ["by several answers", own(`{"n":2}`)],
    ["by several answers under another name", own(`{"num_generations":5}`)],
    ["by several answers, as a text", own(`{"numResults":"5"}`)],
    ["by the best of several answers", own(`{"best_of":5}`)],
  ])("%s", (_, members) => {
    expect(tried(members)).toMatch(
      /whole number above 0$|cap of 2000$|must be 1: each answer is paid for$|must be an object$/,
    );
  });
});

describe("what is no limit, or is within it, is sent as it is", () => {
  test.each([
    `{"top_k":50,"temperature":0.5,"seed":99999}`,
    `{"stop_tokens":[50256,99999],"suppress_tokens":"-1","skip_special_tokens":true}`,
    `{"thinking":{"type":"enabled","budget_tokens":2000},"n":1}`,
    `{"max_tokens":2000,"min_tokens":1,"length_penalty":1.5}`,
    `{"reasoning_config":{"type":"adaptive","effort":"high"}}`,
  ])("%s", (fields) => {
    expect(tried(own(fields))).toMatchObject({ additionalModelRequestFields: JSON.parse(fields) as object });
  });

  test("an absent limit, and one that is null, become the default", () => {
    for (const members of [`"system":[]`, inference("{}"), inference(`{"maxTokens":null}`)]) {
      expect(tried(members)).toMatchObject({ inferenceConfig: { maxTokens: 1024 } });
    }
  });

  test("a limit below __proto__ is none: the default is sent beside it", () => {
    const sent = JSON.stringify(tried(inference(`{"__proto__":{"maxTokens":5}}`)));
    expect(sent).toContain(`"inferenceConfig":{"__proto__":{"maxTokens":5},"maxTokens":1024}`);
  });
});
