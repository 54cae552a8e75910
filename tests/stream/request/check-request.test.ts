// Tests what is sent to Bedrock, and which requests are rejected before they cost anything.
import { describe, expect, test } from "vitest";
import { bedrockFailure } from "../../../lib/stream/bedrock/bedrock-errors.ts";
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

function rejection(body: unknown, variables: Record<string, string> = {}): { name: string; message: string } {
  try {
    check(body, variables);
  } catch (error) {
    expect(error).toBeInstanceOf(ConverseError);
    const { name, message } = error as ConverseError;
    return { name, message };
  }
  throw new Error("The request was not rejected");
}

describe("the request to Bedrock", () => {
  test("a prompt becomes one user message, with the default token limit", () => {
    expect(check({ prompt: "Hi" })).toEqual({
      model: "fast",
      sent: { messages: [{ role: "user", content: [{ text: "Hi" }] }], inferenceConfig: { maxTokens: 1024 } },
    });
  });

  test("members of Bedrock's own request are sent unchanged, with everything in them", () => {
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
    const variables = { DELTAPIPE_ALLOW: "guardrailConfig" };
    expect(check({ ...body, modelId: "exact" }, variables)).toEqual({ model: "exact", sent: body });
  });

  test("a model can be chosen by its id", () => {
    expect(check({ prompt: "Hi", modelId: "vendor.exact-v1:0" }).model).toBe("exact");
  });

  test("only the value that was checked is sent if a member occurs twice", () => {
    const text = `{"prompt":"Hi","inferenceConfig":{"maxTokens":9999,"maxTokens":5}}`;
    expect(check(text).sent["inferenceConfig"]).toEqual({ maxTokens: 5 });
  });

  test("storyType becomes a prompt for a very short story, and the other members are kept", () => {
    expect(check({ storyType: 'CATS "and" DÖGS', system: [{ text: "Be kind" }] }).sent).toMatchObject({
      messages: [{ role: "user", content: [{ text: 'Tell me a very short story about: CATS "and" DÖGS' }] }],
      system: [{ text: "Be kind" }],
    });
    const precise = `{"storyType":"CATS","additionalModelRequestFields":{"seed":9007199254740993}}`;
    const { body } = checkRequest(precise, readConfiguration(base));
    expect(body).toContain('"seed":9007199254740993');
    expect(body).toContain("story about: CATS");
    expect(body).not.toContain("storyType");
  });

  test("lone surrogates are kept", () => {
    const text = `{"prompt":"a\\ud800b"}`;
    expect(checkRequest(text, readConfiguration(base)).body).toContain(`a\\ud800b`);
  });

  test("the service's guardrail is always applied, and callers cannot change it", () => {
    // The service's guardrail is applied even if callers are allowed to choose guardrails of their own.
    const variables = { DELTAPIPE_GUARDRAIL: "abc123:4", DELTAPIPE_ALLOW: "guardrailConfig" };
    expect(check({ prompt: "Hi" }, variables).sent["guardrailConfig"]).toEqual({
      guardrailIdentifier: "abc123",
      guardrailVersion: "4",
      streamProcessingMode: "sync",
    });
    const request = { prompt: "Hi", guardrailConfig: {} };
    expect(rejection(request, variables).message).toMatch(/its own guardrail; leave "guardrailConfig" out/);
    const guarded = [{ guardContent: { text: { text: "only this" } } }];
    const messages = [{ role: "user", content: [{ text: "and not this" }, ...guarded] }];
    for (const selective of [{ messages }, { prompt: "Hi", system: guarded }]) {
      expect(rejection(selective, variables).message).toMatch(
        /decides what its guardrail evaluates; leave "guardContent" out/,
      );
      expect(check(selective).model).toBe("fast");
    }
  });

  test("a price tier is sent only if the service allows it", () => {
    const request = { prompt: "Hi", serviceTier: { type: "priority" } };
    expect(check(request, { DELTAPIPE_ALLOW: "serviceTier" }).sent["serviceTier"]).toEqual({
      type: "priority",
    });
    expect(rejection(request).message).toMatch(/serviceTier.*price/);
    expect(rejection({ prompt: "Hi", performanceConfig: {} }).message).toMatch(/performanceConfig.*price/);
  });
});

describe("an unknown member", () => {
  function knownMembers(variables: Record<string, string> = {}, pathModelId?: string): string[] {
    const configuration = readConfiguration({ ...base, ...variables });
    try {
      checkRequest(`{"messages":[],"promt":1}`, configuration, pathModelId);
    } catch (error) {
      return /the known members are (.+)$/.exec((error as Error).message)?.[1]?.split(", ") ?? [];
    }
    throw new Error("The request was not rejected");
  }

  test("the error for an unknown member lists those of Bedrock and of this service", () => {
    expect(knownMembers().slice(0, 5)).toEqual(["modelId", "prompt", "storyType", "messages", "system"]);
  });

  test("on Bedrock's own paths, the error lists only Bedrock's members", () => {
    expect(knownMembers({}, "vendor.exact-v1:0").slice(0, 2)).toEqual(["messages", "system"]);
  });

  test("the error lists the members for kept answers if the service keeps answers", () => {
    const ofAnswerStore = ["idempotencyKey", "fromLine"];
    expect(knownMembers()).not.toEqual(expect.arrayContaining(ofAnswerStore));
    const variables = { DELTAPIPE_ANSWER_RETENTION_MINUTES: "60" };
    expect(knownMembers(variables)).toEqual(expect.arrayContaining(ofAnswerStore));
  });
});

describe("an invalid request", () => {
  test.each<[string, unknown, RegExp]>([
    ["an empty body", "", /empty/],
    ["white space", " \n", /empty/],
    ["a body that is not JSON", `{"prompt": secret}`, /not valid JSON/],
    ["half a JSON text", `{"prompt":"secret`, /not valid JSON/],
    ["an array", [], /not a JSON object/],
    ["a string", `"secret"`, /not a JSON object/],
    ["null", null, /not a JSON object/],
    [
      "an unknown member",
      { prompt: "secret", promt: 1 },
      /"promt" is unknown; the known members are modelId, prompt/,
    ],
    ["a prompt ARN's variables", { prompt: "secret", promptVariables: {} }, /"promptVariables"/],
    ["__proto__", `{"prompt":"secret","__proto__":{}}`, /"__proto__"/],
    ["both prompt and messages", { prompt: "secret", messages: [] }, /send only one/],
    [
      "both storyType and prompt",
      { prompt: "secret", storyType: "secret" },
      /"prompt" and "storyType"; send only/,
    ],
    [
      "both storyType and messages",
      { storyType: "secret", messages: [] },
      /"storyType" and "messages"; send only/,
    ],
    ["a storyType that is a list", { storyType: ["secret"] }, /"storyType" must be a non-empty string/],
    ["an empty storyType", { storyType: "" }, /"storyType" must be a non-empty string/],
    ["neither prompt nor messages", { system: [] }, /nothing to answer/],
    ["an empty prompt", { prompt: "" }, /non-empty string/],
    ["a prompt that is not a string", { prompt: 7 }, /must be a non-empty string/],
    ["no messages", { messages: [] }, /nothing to answer/],
    ["messages that are not an array", { messages: {} }, /"messages" must be an array/],
    ["a message that is not an object", { messages: [1] }, /messages\[0\]/],
    ["a message without content", { messages: [{ role: "user", content: [] }] }, /messages\[0\]/],
    ["a message without role", { messages: [{ content: [{ text: "secret" }] }] }, /messages\[0\]/],
    ["content that is a string", { messages: [{ role: "user", content: "secret" }] }, /messages\[0\]/],
    ["a model id that is not a string", { prompt: "secret", modelId: 7 }, /"modelId" must be a string/],
    ["system as a string", { prompt: "secret", system: "secret" }, /"system" must be an array/],
    [
      "inferenceConfig as an array",
      { prompt: "secret", inferenceConfig: [] },
      /"inferenceConfig" must be an object/,
    ],
    [
      "maxTokens above the limit",
      { prompt: "secret", inferenceConfig: { maxTokens: 2001 } },
      /above this service's limit of 2000/,
    ],
    ["maxTokens of zero", { prompt: "secret", inferenceConfig: { maxTokens: 0 } }, /above 0/],
    ["a fractional maxTokens", { prompt: "secret", inferenceConfig: { maxTokens: 1.5 } }, /whole number/],
    ["maxTokens as a string", { prompt: "secret", inferenceConfig: { maxTokens: "9" } }, /whole number/],
  ])("an invalid request is rejected: %s", (_, body, message) => {
    const found = rejection(body);
    expect(found.name).toBe("InvalidRequest");
    expect(found.message).toMatch(message);
    expect(found.message).not.toContain("secret");
  });

  test("nesting beyond 64 levels is rejected before the body is parsed", () => {
    expect(check(`{"prompt":"Hi","outputConfig":${`{"a":`.repeat(62)}{}${"}".repeat(62)}}`).model).toBe(
      "fast",
    );
    const brackets = "[".repeat(6 * 1024 * 1024);
    const before = process.memoryUsage().heapUsed;
    expect(rejection(brackets).message).toMatch(/deeper than 64/);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 1024 * 1024);
  });

  test("more values than the limit are rejected before the body is parsed", () => {
    const variables = { DELTAPIPE_MAX_VALUES: "7" };
    // Seven values: the body itself, the prompt, the list and the four values in it.
    expect(check(`{"prompt":"Hi","system":[{},"[{,:",1,null]}`, variables).model).toBe("fast");
    expect(rejection(`{"prompt":"Hi","system":[{},"",1,null,0]}`, variables).message).toMatch(
      /more than 7 JSON values/,
    );
    expect(rejection(`[1,2,3,4,5,6,7`, variables).message).toMatch(/more than 7 JSON values/);
    for (const value of ["{}", "[]", `""`, "-1.5e3", "true", "false", "null", `{"a":0}`]) {
      const many = `{"prompt":"Hi","outputConfig":{"a":[${Array.from({ length: 7 }, () => value).join(" , ")}]}}`;
      expect(rejection(many, variables).message).toMatch(/more than 7 JSON values/);
    }
  });

  test("two million empty objects are rejected before they are allocated", () => {
    const before = process.memoryUsage().heapUsed;
    const body = `{"prompt":"secret","outputConfig":{"a":[${"{},".repeat(2_000_000)}{}]}}`;
    expect(rejection(body).message).toMatch(/more than 100000 JSON values/);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 1024 * 1024);
  });

  test("a Bedrock error code that is also a property of Object is an unknown error", () => {
    expect(bedrockFailure("constructor", "x")).toMatchObject({ name: "UpstreamInvalid", status: 502 });
  });

  test("brackets and quotes inside a string do not count as nesting", () => {
    expect(check({ prompt: `${"[{".repeat(500)}"\\"` }).model).toBe("fast");
  });

  test("an unknown model is rejected with the names of the models in the list", () => {
    expect(rejection({ prompt: "Hi", modelId: "vendor.fast-v1:0" })).toEqual({
      name: "ModelNotAllowed",
      message: `Cannot use the model "vendor.fast-v1:0": it is not in this service's list; choose fast, exact`,
    });
  });

  test("an unknown model is rejected with the most similar names of a long list", () => {
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
