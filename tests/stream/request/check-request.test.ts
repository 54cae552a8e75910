// A request's checks: what is sent to Bedrock, and what is refused before anything is paid for.
import { describe, expect, test } from "vitest";
import { bedrockFailure } from "../../../lib/stream/bedrock/failures.ts";
import { readConfiguration } from "../../../lib/stream/settings/configuration.ts";
import { ConverseError } from "../../../lib/stream/converse-error.ts";
import { listNames, parseModels } from "../../../lib/stream/settings/models.ts";
import { checkRequest } from "../../../lib/stream/request/check-request.ts";

const base = {
  DELTAPIPE_MODELS: "fast=us.vendor.fast-v1:0,exact=vendor.exact-v1:0",
  DELTAPIPE_MAX_TOKENS: "2000",
};

function check(body: unknown, variables: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const { model, body: sent } = checkRequest(text, readConfiguration({ ...base, ...variables }));
  return { model: model.name, sent: JSON.parse(sent) as Record<string, unknown> };
}

function refusal(body: unknown, variables: Record<string, string> = {}): { name: string; message: string } {
  try {
    check(body, variables);
  } catch (error) {
    expect(error).toBeInstanceOf(ConverseError);
    const { name, message } = error as ConverseError;
    return { name, message };
  }
  throw new Error("The request was not refused");
}

describe("what is sent to Bedrock", () => {
  test("is one user message for a prompt, with the default limit of tokens", () => {
    expect(check({ prompt: "Hi" })).toEqual({
      model: "fast",
      sent: { messages: [{ role: "user", content: [{ text: "Hi" }] }], inferenceConfig: { maxTokens: 1024 } },
    });
  });

  test("is every member that Bedrock knows, unchanged", () => {
    const body = {
      messages: [
        { role: "user", content: [{ text: "Hi" }, { image: { format: "png", source: { bytes: "AA==" } } }] },
      ],
      system: [{ text: "Be brief" }],
      inferenceConfig: { maxTokens: 2000, temperature: 0.2, topP: 0.9, stopSequences: ["\n"], later: 1 },
      toolConfig: { tools: [] },
      additionalModelRequestFields: { top_k: 3, nested: [{ max_tokens: 2000 }] },
      additionalModelResponseFieldPaths: ["/x"],
      outputConfig: {},
      requestMetadata: { team: "a" },
      guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1" },
    };
    expect(check({ ...body, modelId: "exact" })).toEqual({ model: "exact", sent: body });
  });

  test("names a model that was asked for by its id", () => {
    expect(check({ prompt: "Hi", modelId: "vendor.exact-v1:0" }).model).toBe("exact");
  });

  test("is what was checked, not the caller's bytes, where a key stands twice", () => {
    const text = `{"prompt":"Hi","inferenceConfig":{"maxTokens":9999,"maxTokens":5}}`;
    expect(check(text).sent["inferenceConfig"]).toEqual({ maxTokens: 5 });
  });

  test("keeps lone surrogates", () => {
    const text = `{"prompt":"a\\ud800b"}`;
    expect(checkRequest(text, readConfiguration(base)).body).toContain(`a\\ud800b`);
  });

  test("has the service's guardrail, whatever the caller wants", () => {
    const variables = { DELTAPIPE_GUARDRAIL: "abc123:4" };
    expect(check({ prompt: "Hi" }, variables).sent["guardrailConfig"]).toEqual({
      guardrailIdentifier: "abc123",
      guardrailVersion: "4",
      streamProcessingMode: "sync",
    });
    const request = { prompt: "Hi", guardrailConfig: {} };
    expect(refusal(request, variables).message).toMatch(/guardrailConfig.*of its own/);
    const guarded = [{ guardContent: { text: { text: "only this" } } }];
    const messages = [{ role: "user", content: [{ text: "and not this" }, ...guarded] }];
    for (const selective of [{ messages }, { prompt: "Hi", system: guarded }]) {
      expect(refusal(selective, variables).message).toMatch(
        /guardContent.*chooses what its guardrail looks at/,
      );
      expect(check(selective).model).toBe("fast");
    }
  });

  test("has a price tier only where the service allows it", () => {
    const request = { prompt: "Hi", serviceTier: { type: "priority" } };
    expect(check(request, { DELTAPIPE_ALLOW: "serviceTier" }).sent["serviceTier"]).toEqual({
      type: "priority",
    });
    expect(refusal(request).message).toMatch(/serviceTier.*price/);
    expect(refusal({ prompt: "Hi", performanceConfig: {} }).message).toMatch(/performanceConfig.*price/);
  });
});

describe("a request is refused as invalid, by name", () => {
  test.each<[string, unknown, RegExp]>([
    ["nothing", "", /empty/],
    ["white space", " \n", /empty/],
    ["no JSON", `{"prompt": secret}`, /not valid JSON/],
    ["a half document", `{"prompt":"secret`, /not valid JSON/],
    ["an array", [], /not a JSON object/],
    ["a text", `"secret"`, /not a JSON object/],
    ["null", null, /not a JSON object/],
    ["an unknown member", { prompt: "secret", promt: 1 }, /"promt" is not known; known are modelId, prompt/],
    ["a prompt ARN's variables", { prompt: "secret", promptVariables: {} }, /"promptVariables"/],
    ["__proto__", `{"prompt":"secret","__proto__":{}}`, /"__proto__"/],
    ["both prompt and messages", { prompt: "secret", messages: [] }, /not both/],
    ["neither prompt nor messages", { system: [] }, /nothing to answer/],
    ["an empty prompt", { prompt: "" }, /not empty/],
    ["a prompt that is no text", { prompt: 7 }, /must be a text/],
    ["no messages", { messages: [] }, /nothing to answer/],
    ["messages that are no array", { messages: {} }, /"messages" must be an array/],
    ["a message that is no object", { messages: [1] }, /messages\[0\]/],
    ["a message without content", { messages: [{ role: "user", content: [] }] }, /messages\[0\]/],
    ["a message without role", { messages: [{ content: [{ text: "secret" }] }] }, /messages\[0\]/],
    ["content that is a text", { messages: [{ role: "user", content: "secret" }] }, /messages\[0\]/],
    ["a model id that is no text", { prompt: "secret", modelId: 7 }, /"modelId" must be a text/],
    ["system as a text", { prompt: "secret", system: "secret" }, /"system" must be an array/],
    [
      "inferenceConfig as an array",
      { prompt: "secret", inferenceConfig: [] },
      /"inferenceConfig" must be an object/,
    ],
    [
      "too many tokens",
      { prompt: "secret", inferenceConfig: { maxTokens: 2001 } },
      /above this service's cap of 2000/,
    ],
    ["no tokens", { prompt: "secret", inferenceConfig: { maxTokens: 0 } }, /above 0/],
    ["half a token", { prompt: "secret", inferenceConfig: { maxTokens: 1.5 } }, /whole number/],
    ["tokens as a text", { prompt: "secret", inferenceConfig: { maxTokens: "9" } }, /whole number/],
  ])("%s", (_, body, message) => {
    const found = refusal(body);
    expect(found.name).toBe("InvalidRequest");
    expect(found.message).toMatch(message);
    expect(found.message).not.toContain("secret");
  });

  test("nesting beyond 64 levels, told before it is parsed", () => {
    expect(check(`{"prompt":"Hi","outputConfig":${`{"a":`.repeat(62)}{}${"}".repeat(62)}}`).model).toBe(
      "fast",
    );
    const brackets = "[".repeat(6 * 1024 * 1024);
    const before = process.memoryUsage().heapUsed;
    expect(refusal(brackets).message).toMatch(/deeper than 64/);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 1024 * 1024);
  });

  test("more values than the limit, told before they are parsed", () => {
    const variables = { DELTAPIPE_MAX_VALUES: "7" };
    // The body itself, the prompt, the list and four values in it.
    expect(check(`{"prompt":"Hi","system":[{},"[{,:",1,null]}`, variables).model).toBe("fast");
    expect(refusal(`{"prompt":"Hi","system":[{},"",1,null,0]}`, variables).message).toMatch(
      /more than 7 JSON values/,
    );
    expect(refusal(`[1,2,3,4,5,6,7`, variables).message).toMatch(/more than 7 JSON values/);
    for (const value of ["{}", "[]", `""`, "-1.5e3", "true", "false", "null", `{"a":0}`]) {
      const many = `{"prompt":"Hi","outputConfig":{"a":[${Array.from({ length: 7 }, () => value).join(" , ")}]}}`;
      expect(refusal(many, variables).message).toMatch(/more than 7 JSON values/);
    }
  });

  test("two million empty objects, without their memory", () => {
    const before = process.memoryUsage().heapUsed;
    const body = `{"prompt":"secret","outputConfig":{"a":[${"{},".repeat(2_000_000)}{}]}}`;
    expect(refusal(body).message).toMatch(/more than 100000 JSON values/);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 1024 * 1024);
  });

  test("a name that every object inherits is a failure like any other", () => {
    expect(bedrockFailure("constructor", "x")).toMatchObject({ name: "UpstreamInvalid", status: 502 });
  });

  test("but not for brackets and quotes inside a text", () => {
    expect(check({ prompt: `${"[{".repeat(500)}"\\"` }).model).toBe("fast");
  });

  test("a model that is not in the list, with those that are", () => {
    expect(refusal({ prompt: "Hi", modelId: "vendor.fast-v1:0" })).toEqual({
      name: "ModelNotAllowed",
      message: `The model "vendor.fast-v1:0" is not served here; served are fast, exact`,
    });
  });

  test("a model that is not in a long list, with the names that are most like it", () => {
    const models = parseModels(
      Array.from({ length: 32 }, (_, index) => `model-${index}=id-${index}`).join(","),
    );
    expect(listNames(models, "model-3x")).toBe(
      "model-3, model-30, model-31, model-0, model-1, model-2, model-4, model-5 and 24 more",
    );
    expect(listNames(models, "")).toMatch(/^model-0, model-1, .* and 24 more$/);
    expect(listNames(models.slice(0, 8), "x")).not.toContain("more");
  });
});
