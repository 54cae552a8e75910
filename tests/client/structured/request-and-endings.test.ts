// Tests the request that is sent for a schema or tools, the rewriting of schemas for Bedrock, and answers whose endings the
// local stack's models never produce.
import { describe, expect, expectTypeOf, test } from "vitest";
import type { OutputConfig as SdkOutputConfig } from "@aws-sdk/client-bedrock-runtime";
import { z } from "zod";
import type { OutputConfig, SchemaMismatchError } from "../../../lib/client/index.ts";
import { enforceable } from "../../../lib/client/structured/enforceable-schema.ts";
import { connectClient } from "../../support/callers/connected-client.ts";
import { sampleEvents, toLines } from "../../support/frames/sample-stream.ts";
import { sendStream } from "../../support/servers/line-service.ts";

const start = sampleEvents[0];
const end = (stopReason: string) => ({ type: "end", stopReason, timing: { totalMs: 1 } });
const text = (piece: string) => ({ type: "contentBlockDelta", contentBlockIndex: 0, delta: { text: piece } });
const toolStart = (contentBlockIndex: number, toolUse: object) => ({
  type: "contentBlockStart",
  contentBlockIndex,
  start: { toolUse },
});
const toolInput = (contentBlockIndex: number, input: string) => ({
  type: "contentBlockDelta",
  contentBlockIndex,
  delta: { toolUse: { input } },
});

/** Connects a client to a service that answers with these lines and records the request bodies. */
async function answerWith(...lines: unknown[]) {
  const bodies: Record<string, unknown>[] = [];
  const { client } = await connectClient(({ response, body }) => {
    bodies.push(JSON.parse(body) as Record<string, unknown>);
    sendStream(response, toLines([start, ...lines] as never));
  });
  return { client, bodies };
}

const schema = z.object({ a: z.number() });
const prompt = "x";

describe("the request", () => {
  test("the request has the schema in outputConfig.textFormat, beside outputConfig's other members", async () => {
    const { client, bodies } = await answerWith(text('{"a":1}'), end("end_turn"));
    await client.converse({ prompt, schema, outputConfig: { effort: "low" } }).result();
    const sent =
      '{"type":"object","properties":{"a":{"type":"number"}},"required":["a"],"additionalProperties":false}';
    expect(bodies).toEqual([
      {
        prompt,
        outputConfig: {
          effort: "low",
          textFormat: { type: "json_schema", structure: { jsonSchema: { schema: sent } } },
        },
      },
    ]);
    expectTypeOf<OutputConfig>().toExtend<SdkOutputConfig>();
  });

  test("the request has the tools in toolConfig, and the schema of a strict tool is rewritten for Bedrock", async () => {
    const { client, bodies } = await answerWith(text("Hi"), end("end_turn"));
    const inputSchema = z.object({ n: z.number().min(1) });
    const tools = { loose: { inputSchema }, exact: { description: "d", inputSchema, strict: true } };
    await client.converse({ prompt, tools, toolConfig: { toolChoice: { auto: {} } } }).result();
    const json = { type: "object", properties: { n: { type: "number", minimum: 1 } }, required: ["n"] };
    const strictJson = {
      ...json,
      properties: { n: { type: "number", description: '{"minimum":1}' } },
      additionalProperties: false,
    };
    expect(bodies).toEqual([
      {
        prompt,
        toolConfig: {
          toolChoice: { auto: {} },
          tools: [
            { toolSpec: { name: "loose", inputSchema: { json } } },
            {
              toolSpec: { name: "exact", description: "d", inputSchema: { json: strictJson }, strict: true },
            },
          ],
        },
      },
    ]);
  });

  test("the request contains a plain JSON Schema unchanged", async () => {
    const { client, bodies } = await answerWith(text("1"), end("end_turn"));
    const plain = { $schema: "https://json-schema.org/draft/2020-12/schema", type: "integer", minimum: 1 };
    const { object } = await client.converse<number>({ prompt, schema: plain }).result();
    expect(object).toBe(1);
    expect(JSON.stringify(bodies)).toContain(JSON.stringify(JSON.stringify(plain)).slice(1, -1));
  });

  test("the request is sent unchanged if schema and tools are absent or undefined", async () => {
    const { client, bodies } = await answerWith(text("Hi"), end("end_turn"));
    const { toolCalls } = await client.converse({ prompt, schema: undefined, tools: undefined }).result();
    expect(toolCalls).toEqual([]);
    expect(bodies).toEqual([{ prompt }]);
  });
});

describe("the end of an answer", () => {
  test.each([
    ["guardrail_intervened", "Sorry, I cannot say that.", "NotJson"],
    ["content_filtered", "", "NotJson"],
    ["refusal", '{"a":', "NotJson"],
    ["malformed_model_output", '{"a":', "NotJson"],
    ["end_turn", "", "NotJson"],
    ["max_tokens", '{"a":', "AnswerCut"],
    ["model_context_window_exceeded", '{"a":', "AnswerCut"],
  ])(
    "an answer that is not JSON makes the result reject with a message that has the stop reason: %s",
    async (stopReason, words, code) => {
      const { client } = await answerWith(text(words), end(stopReason));
      const failing = client.converse({ prompt, schema }).result();
      await expect(failing).rejects.toMatchObject({ code, result: { stopReason, text: words } });
      await expect(failing).rejects.toThrow(`(stop reason ${stopReason})`);
    },
  );

  test("an answer that reaches max_tokens right after its object still resolves with the object", async () => {
    const { client } = await answerWith(text('{"a":1}'), end("max_tokens"));
    expect((await client.converse({ prompt, schema }).result()).object).toEqual({ a: 1 });
  });

  test("an answer that calls a tool although the request has only a schema makes the result reject, because there is no object", async () => {
    const { client } = await answerWith(toolStart(0, { toolUseId: "t", name: "raw" }), end("tool_use"));
    await expect(client.converse({ prompt, schema }).result()).rejects.toMatchObject({ code: "NotJson" });
  });
});

describe("tool calls", () => {
  const tools = { look: { inputSchema: schema } };

  test.each(["other", "toString", "__proto__"])(
    "a tool call to the unknown tool %s makes the result reject",
    async (name) => {
      const { client } = await answerWith(toolStart(0, { toolUseId: "t1", name }), end("tool_use"));
      const error = await client
        .converse({ prompt, tools })
        .result()
        .catch((caught: unknown) => caught as SchemaMismatchError);
      expect(error).toMatchObject({ code: "ToolUnknown", toolUseId: "t1", issues: [] });
    },
  );

  test("the call of a tool that Bedrock itself runs is not in toolCalls", async () => {
    const own = { toolUseId: "t1", name: "nova_grounding", type: "server_tool_use" };
    const lines = [
      toolStart(0, own),
      toolStart(1, { toolUseId: "t2", name: "look" }),
      toolInput(1, '{"a":2}'),
    ];
    const { client } = await answerWith(...lines, end("tool_use"));
    const { toolCalls } = await client.converse({ prompt, tools }).result();
    expect(toolCalls).toEqual([{ name: "look", toolUseId: "t2", input: { a: 2 } }]);
  });

  test("a tool call whose input was cut makes the result reject with a StreamFailedError, not with a SchemaMismatchError", async () => {
    const lines = [toolStart(0, { toolUseId: "t", name: "look" }), toolInput(0, '{"a":')];
    const { client } = await answerWith(...lines, end("max_tokens"));
    const failing = client.converse({ prompt, tools }).result();
    await expect(failing).rejects.toMatchObject({ name: "StreamFailedError", code: "ToolInputInvalid" });
  });
});

describe("enforceable()", () => {
  test.each<[string, object, object]>([
    [
      "puts the constraints behind the schema's own description",
      { type: "string", description: "A name.", minLength: 2, maxLength: 9 },
      { type: "string", description: 'A name. {"minLength":2,"maxLength":9}' },
    ],
    [
      "keeps properties whose names are keywords",
      { type: "object", properties: { minimum: { type: "number" }, type: { type: "object" } } },
      {
        type: "object",
        properties: { minimum: { type: "number" }, type: { type: "object", additionalProperties: false } },
        additionalProperties: false,
      },
    ],
    [
      "keeps values that look like schemas",
      { enum: [{ type: "object", minimum: 1 }], default: { type: "object" } },
      { enum: [{ type: "object", minimum: 1 }], default: { type: "object" } },
    ],
    [
      "adds no additionalProperties to the parts of an intersection, but adds it to the objects inside these parts",
      { allOf: [{ type: "object", properties: { a: { type: "object" } } }] },
      { allOf: [{ type: "object", properties: { a: { type: "object", additionalProperties: false } } }] },
    ],
    ["replaces oneOf with anyOf", { oneOf: [{ type: "null" }] }, { anyOf: [{ type: "null" }] }],
    ["keeps minItems if it is 1", { type: "array", minItems: 1 }, { type: "array", minItems: 1 }],
    ["moves a greater minItems into the description", { minItems: 2 }, { description: '{"minItems":2}' }],
    [
      "drops JavaScript's largest and smallest safe integers if they are limits",
      { type: "integer", maximum: Number.MAX_SAFE_INTEGER, minimum: Number.MIN_SAFE_INTEGER },
      { type: "integer" },
    ],
    [
      "keeps the largest safe integer if it is a value in const or enum",
      { const: Number.MAX_SAFE_INTEGER, enum: [Number.MAX_SAFE_INTEGER] },
      { const: Number.MAX_SAFE_INTEGER, enum: [Number.MAX_SAFE_INTEGER] },
    ],
    [
      "keeps the additionalProperties of a record, although Bedrock rejects such a schema",
      { type: "object", additionalProperties: { type: "number", minimum: 1 } },
      { type: "object", additionalProperties: { type: "number", description: '{"minimum":1}' } },
    ],
  ])("enforceable() %s", (_, schemaOfLibrary, expected) =>
    expect(enforceable(schemaOfLibrary)).toEqual(expected),
  );
});
