// Tests that a feature which needs a permission is rejected without it, in every place where a request could have the feature.
import { describe, expect, test } from "vitest";
import { readConfiguration } from "../../../lib/stream/settings/configuration.ts";
import { ConverseError } from "../../../lib/stream/converse-error.ts";
import { permissions } from "../../../lib/stream/request/permissions.ts";
import { checkRequest } from "../../../lib/stream/request/check-request.ts";

/** Returns the request that is sent to Bedrock, or the error's message. */
function checked(request: object, allow = ""): string | Record<string, unknown> {
  const configuration = readConfiguration({ DELTAPIPE_MODELS: "a=vendor.a-v1:0", DELTAPIPE_ALLOW: allow });
  try {
    const { body } = checkRequest(JSON.stringify({ prompt: "Hi", ...request }), configuration);
    return JSON.parse(body) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof ConverseError)) throw error;
    expect([error.name, error.status]).toEqual(["InvalidRequest", 400]);
    return error.message;
  }
}

const fields = (members: object) => ({ additionalModelRequestFields: members });
const tool = (type: string) => fields({ tools: [{ type, name: "secret" }] });
const hour = { cachePoint: { type: "default", ttl: "1h" } };
const converse = (content: object) => ({
  prompt: undefined,
  messages: [{ role: "user", content: [{ text: "x" }, content] }],
});

describe("a feature that needs a permission", () => {
  test.each<[string, string, object]>([
    ["serviceTier", "serviceTier", { serviceTier: { type: "secret" } }],
    ["service_tier", "serviceTier", fields({ service_tier: "secret" })],
    ["service_tier", "serviceTier", fields({ serviceTier: { type: "secret" } })],
    ["performanceConfig", "performanceConfig", { performanceConfig: { latency: "secret" } }],
    ["performanceConfig", "performanceConfig", fields({ performanceConfig: { latency: "secret" } })],
    [
      "guardrailConfig",
      "guardrailConfig",
      { guardrailConfig: { guardrailIdentifier: "secret", guardrailVersion: "1" } },
    ],
    ["speed", "speed", fields({ speed: "fast" })],
    ["inference_geo", "inference_geo", fields({ inference_geo: "secret" })],
    ["anthropic_beta", "anthropic_beta", fields({ anthropic_beta: ["secret-2025-01-01"] })],
    ["tools[].type", "serverTools", tool("web_search_20250305")],
    ["tools[].type", "serverTools", tool("web_fetch_20250910")],
    ["tools[].type", "serverTools", tool("code_execution_20250825")],
    ["tools[].type", "serverTools", tool("advisor_20260301")],
    ["tools[].type", "serverTools", tool("mcp_toolset")],
    ["tools[].type", "serverTools", tool("not_known_yet_20300101")],
    ["tools[].type", "serverTools", tool("bash_20250124x")],
    ["container", "serverTools", fields({ container: "secret" })],
    ["systemTool", "systemTool", { toolConfig: { tools: [{ systemTool: { name: "secret" } }] } }],
    ["laterTool", "systemTool", { toolConfig: { tools: [{ laterTool: { name: "secret" } }] } }],
    ["cachePoint.ttl", "cacheTtl", converse(hour)],
    ["cachePoint.ttl", "cacheTtl", converse({ cachePoint: { type: "default", ttl: "later" } })],
    ["cachePoint.ttl", "cacheTtl", { system: [{ text: "x" }, hour] }],
    ["cachePoint.ttl", "cacheTtl", { toolConfig: { tools: [hour] } }],
    ["cache_control.ttl", "cacheTtl", fields({ cache_control: { type: "ephemeral", ttl: "1h" } })],
    [
      "tools[].cache_control.ttl",
      "cacheTtl",
      fields({ tools: [{ name: "t", cache_control: { ttl: "1h" } }] }),
    ],
    [
      "mcp_servers",
      "remoteSources",
      fields({ mcp_servers: [{ type: "url", url: "https://secret.example/" }] }),
    ],
    ["thread", "remoteSources", fields({ thread: { type: "continue", previous_message_id: "secret" } })],
    ["images[]", "remoteSources", fields({ images: ["AAAA", " https://secret.example/"] })],
    [
      "mediaSource.s3Location",
      "remoteSources",
      fields({ mediaSource: { s3Location: { uri: "s3://secret/x" } } }),
    ],
  ])("%s is sent only with the permission %s: %j", (name, permission, request) => {
    const others = permissions.filter((other) => other !== permission).join(",");
    for (const allow of ["", others]) {
      const rejection = checked(request, allow);
      expect(rejection).toContain(name);
      expect(rejection).toMatch(/: this service does not allow .*, because .*; leave it out$/);
      expect(rejection).not.toContain("secret");
    }
    expect(checked(request, permission)).toMatchObject(JSON.parse(JSON.stringify(request)) as object);
  });
});

describe("a field that the service or another member of the request sets", () => {
  test.each([
    "system",
    "messages",
    "prompt",
    "guardrailConfig",
    "amazon-bedrock-guardrailConfig",
    "amazon-bedrock-trace",
    "toolConfig",
    "model",
    "modelId",
    "fallbacks",
    "inputText",
    "chat_history",
    "preamble",
    "SYSTEM",
  ])("the field %s in additionalModelRequestFields is always rejected", (name) => {
    for (const value of ["secret", null, [{ role: "user", content: "secret" }]]) {
      const rejection = checked(fields({ [name]: value }), permissions.join(","));
      expect(rejection).toMatch(
        /: additionalModelRequestFields: \S+ is not allowed here, because this service or another member of the request sets it/,
      );
      expect(rejection).not.toContain("secret");
    }
  });
});

describe("a feature without extra cost", () => {
  test.each<[string, object]>([
    [
      "tools that the caller runs",
      fields({
        tools: [
          "bash_20250124",
          "text_editor_20250728",
          "computer_20251124",
          "memory_20250818",
          "custom",
        ].map((type) => ({ type, name: "t" })),
      }),
    ],
    ["a tool without a type", fields({ tools: [{ name: "t", input_schema: { type: "object" } }] })],
    ["a cache point of five minutes", converse({ cachePoint: { type: "default", ttl: "5m" } })],
    [
      "a cache point",
      {
        toolConfig: {
          tools: [
            { cachePoint: { type: "default" } },
            { toolSpec: { name: "t", inputSchema: { json: {} } } },
          ],
        },
      },
    ],
    ["images as base64", fields({ images: ["iVBORw0KGgo="] })],
    [
      "a tool's input with the names of features that need a permission",
      converse({
        toolUse: {
          toolUseId: "t",
          name: "t",
          input: { systemTool: 1, ttl: "1h", cachePoint: { ttl: "1h" } },
        },
      }),
    ],
    [
      "a schema with the names of features that need a permission",
      {
        toolConfig: {
          tools: [
            {
              toolSpec: {
                name: "t",
                inputSchema: { json: { systemTool: 1, speed: "fast", cachePoint: { ttl: "1h" } } },
              },
            },
          ],
        },
      },
    ],
    [
      "the names of features that need a permission, at other paths",
      fields({
        a: { speed: "fast", system: "x" },
        output_config: { format: { schema: { properties: { system: {}, speed: {} } } } },
      }),
    ],
  ])("a feature without extra cost is sent: %s", (_, request) => {
    expect(checked(request)).toMatchObject(JSON.parse(JSON.stringify(request)) as object);
  });
});
