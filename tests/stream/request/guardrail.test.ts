// Tests that the service's guardrail sees the whole request, and that content which the guardrail would ignore is rejected.
import { describe, expect, test } from "vitest";
import { readConfiguration } from "../../../lib/stream/settings/configuration.ts";
import { ConverseError } from "../../../lib/stream/converse-error.ts";
import { checkRequest } from "../../../lib/stream/request/check-request.ts";

const guardrail = { DELTAPIPE_MODELS: "a=vendor.a-v1:0", DELTAPIPE_GUARDRAIL: "abc123:4" };
const strict = { ...guardrail, DELTAPIPE_UNGUARDED_CONTENT: "refuse" };

/** Returns the request that is sent to Bedrock, or the error's message. */
function checked(
  request: object | string,
  variables: Record<string, string>,
): string | Record<string, unknown> {
  const text = typeof request === "string" ? request : JSON.stringify(request);
  try {
    return JSON.parse(checkRequest(text, readConfiguration(variables)).body) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof ConverseError)) throw error;
    expect([error.name, error.status]).toEqual(["InvalidRequest", 400]);
    return error.message;
  }
}

const user = (...content: object[]) => ({ messages: [{ role: "user", content }] });
const guarded = (text: unknown) => ({ guardContent: { text: { text } } });
const cachePoint = { cachePoint: { type: "default" } };

describe("system prompts", () => {
  test("system prompts are wrapped in guardContent, and cache points keep their places", () => {
    const system = [{ text: "Be brief" }, cachePoint, { text: "Be kind" }];
    expect(checked({ prompt: "Hi", system }, guardrail)).toEqual({
      messages: [{ role: "user", content: [{ text: "Hi" }] }],
      system: [guarded("Be brief"), cachePoint, guarded("Be kind")],
      inferenceConfig: { maxTokens: 1024 },
      guardrailConfig: { guardrailIdentifier: "abc123", guardrailVersion: "4", streamProcessingMode: "sync" },
    });
  });

  test("system prompts are sent unchanged if the service has no guardrail", () => {
    const { DELTAPIPE_MODELS } = guardrail;
    const system = [{ text: "Be brief" }, guarded("Be kind")];
    expect(checked({ prompt: "Hi", system }, { DELTAPIPE_MODELS })).toMatchObject({ system });
  });

  test("system prompts are wrapped in guardContent even if the rest of the request is sent as its own text", () => {
    const text = `{"system":[{"text":"Be brief"}],"messages":[{"role":"user","content":[{"text":"Hi"}]}],"requestMetadata":{"a":1.0}}`;
    const { body } = checkRequest(text, readConfiguration(guardrail));
    expect(JSON.parse(body)).toMatchObject({
      system: [guarded("Be brief")],
      guardrailConfig: { guardrailVersion: "4" },
    });
    expect(body).toContain(`"requestMetadata":{"a":1.0}`);
    expect(body).not.toContain(`{"text":"Be brief"}]`);
  });

  test("system blocks of an unknown form do not prevent the guardrail, and a text that is a number is wrapped too", () => {
    for (const system of [[], [1, "x", null], [{ later: 1 }], [{ text: 5 }]]) {
      const sent = checked({ prompt: "Hi", system }, guardrail);
      expect(sent).toMatchObject({ guardrailConfig: { guardrailIdentifier: "abc123" } });
      expect(JSON.stringify(sent)).not.toContain(`[{"text":5}]`);
    }
  });
});

describe("DELTAPIPE_UNGUARDED_CONTENT=refuse", () => {
  const toolUse = { toolUse: { toolUseId: "t", name: "secret", input: { a: "secret" } } };
  test.each<[string, object, RegExp]>([
    [
      "a tool's result",
      user({ toolResult: { toolUseId: "t", content: [{ text: "secret" }] } }),
      /messages\[0\]: "toolResult"/,
    ],
    ["a tool's input", { messages: [{ role: "assistant", content: [toolUse] }] }, /messages\[0\]: "toolUse"/],
    [
      "a tool's input in its second message",
      {
        messages: [
          ...user({ text: "Hi" }).messages,
          { role: "assistant", content: [{ text: "x" }, toolUse] },
        ],
      },
      /messages\[1\]: "toolUse"/,
    ],
    [
      "reasoning",
      {
        messages: [
          { role: "assistant", content: [{ reasoningContent: { reasoningText: { text: "secret" } } }] },
        ],
      },
      /"reasoningContent"/,
    ],
    [
      "a document",
      user({ document: { name: "secret", format: "txt", source: { text: "secret" } } }),
      /"document"/,
    ],
    ["a video", user({ video: { format: "mp4", source: { bytes: "AA==" } } }), /"video"/],
    ["an audio clip", user({ audio: { format: "mp3", source: { bytes: "AA==" } } }), /"audio"/],
    [
      "a search result",
      user({ searchResult: { source: "secret", title: "secret", content: [] } }),
      /"searchResult"/,
    ],
    ["citations", user({ citationsContent: { content: [{ text: "secret" }] } }), /"citationsContent"/],
    ["a kind that does not exist yet", user({ hologram: "secret" }), /"hologram"/],
    ["two kinds in one block", user({ text: "x", toolResult: {} }), /"toolResult"/],
    [
      "a message of another role",
      { messages: [{ role: "system", content: [{ text: "secret" }] }] },
      /messages\[0\]\.role/,
    ],
    ["a system block of another kind", { prompt: "Hi", system: [{ later: "secret" }] }, /system: "later"/],
    ["tools", { prompt: "Hi", toolConfig: { tools: [] } }, /toolConfig/],
    ["a schema of the output", { prompt: "Hi", outputConfig: { textFormat: {} } }, /outputConfig/],
    [
      "a model's own tools",
      { prompt: "Hi", additionalModelRequestFields: { tools: [{ name: "secret" }] } },
      /text in additionalModelRequestFields/,
    ],
    [
      "documents in a model's own fields",
      { prompt: "Hi", additionalModelRequestFields: { documents: ["all of it"] } },
      /text in additionalModelRequestFields/,
    ],
    [
      "a name that is a sentence",
      { prompt: "Hi", additionalModelRequestFields: { a: { "all of it": 1 } } },
      /text in additionalModelRequestFields/,
    ],
  ])('the setting "refuse" rejects a request with %s', (_, request, message) => {
    const rejection = checked(request, strict);
    expect(rejection).toMatch(message);
    expect(rejection).toMatch(
      /: this service's guardrail does not evaluate .*; send only content that the guardrail evaluates$/,
    );
    expect(rejection).not.toContain("secret");
    expect(typeof checked(request, guardrail)).toBe("object");
  });

  test('the setting "refuse" allows a request with texts, images, cache points and parameters', () => {
    const image = { image: { format: "png", source: { bytes: "AA==" } } };
    const request = {
      ...user({ text: "Hi" }, image, cachePoint),
      system: [{ text: "Be brief" }, cachePoint],
      inferenceConfig: { temperature: 0.5, stopSequences: ["\n\nHuman: "] },
      additionalModelRequestFields: {
        top_k: 5,
        thinking: { type: "enabled", budget_tokens: 1024 },
        seeds: [1, 2],
      },
      requestMetadata: { purpose: "a sentence that no model reads" },
    };
    expect(checked(request, strict)).toMatchObject({ messages: request.messages });
  });
});
