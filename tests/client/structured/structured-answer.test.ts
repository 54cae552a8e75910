// Tests answers with a schema or tools against the local stack, with common schema libraries.
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  type Client,
  ConfigurationError,
  createClient,
  type Message,
  RequestError,
  type Schema,
  SchemaMismatchError,
  toolResult,
} from "../../../lib/client/index.ts";
import { caller, startTestStack, type TestStack } from "../../support/servers/local-stack.ts";

let stack: TestStack;
let client: Client;
beforeAll(async () => {
  stack = await startTestStack({ bedrock: { kind: "local", options: { deltasPerSecond: Infinity } } });
  client = createClient({ url: stack.url, region: "us-east-1", credentials: caller });
});
afterAll(() => stack.close());

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}

function mismatchOf(result: Promise<unknown>): Promise<SchemaMismatchError> {
  return result.then(
    () => Promise.reject(new Error("The answer fits")),
    (error: unknown) => {
      expect(error).toBeInstanceOf(SchemaMismatchError);
      return error as SchemaMismatchError;
    },
  );
}

const modelId = "local.echo";
const weather = { city: "Reykjavík ☃", days: [1, 2, 3], sky: "grey" };
const prompt = JSON.stringify(weather);
const zodWeather = z.object({
  city: z.string(),
  days: z.array(z.number().int()).max(7),
  sky: z.enum(["grey"]),
});

describe("a schema", () => {
  test.each<[string, Schema]>([
    ["from zod", zodWeather],
    ["from arktype", type({ city: "string", days: "number.integer[] <= 7", sky: "'grey'" })],
    [
      "from valibot",
      toStandardJsonSchema(
        v.object({
          city: v.string(),
          days: v.pipe(v.array(v.pipe(v.number(), v.integer())), v.maxLength(7)),
          sky: v.picklist(["grey"]),
        }),
      ),
    ],
    ["in plain JSON Schema", { type: "object", properties: {}, additionalProperties: false }],
  ])("a schema %s gives the complete object, after its parts", async (_, schema) => {
    const answer = client.converse({ prompt, modelId, schema });
    const parts = await collect(answer.objectStream());
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[0]).not.toEqual(weather);
    expect(parts.at(-1)).toEqual(weather);
    const { object, text, stopReason } = await answer.result();
    expect(object).toEqual(weather);
    expect({ text, stopReason }).toEqual({ text: prompt, stopReason: "end_turn" });
  });

  test("a zod schema with many kinds of constraints is accepted, and the object has to satisfy them", async () => {
    const rating = z.object({
      stars: z.number().int().min(1).max(5),
      title: z.string().min(2).max(5000).describe("A title"),
      tags: z.array(z.string().regex(/[^]/)).min(2),
      price: z.union([z.number().positive(), z.null()]).optional(),
      nested: z.object({ at: z.iso.datetime() }),
    });
    const { object } = await client.converse({ prompt: "A story about rain", schema: rating }).result();
    expect(object).toMatchObject({ stars: 3, price: 3, nested: { at: "2026-01-02T03:04:05Z" } });
    expect(object.tags).toHaveLength(2);
    const tooHigh = client.converse({ prompt: "x", schema: z.object({ stars: z.number().min(4) }) });
    expect(await mismatchOf(tooHigh.result())).toMatchObject({ code: "SchemaMismatch" });
  });

  test("a zod schema gives an object that is the schema's output, after transforms and asynchronous checks", async () => {
    const schema = z.object({ sky: z.string().transform((sky) => sky.length) }).refine(async () => true);
    const answer = client.converse({ prompt: '{"sky":"blue"}', modelId, schema });
    expect((await answer.result()).object).toEqual({ sky: 4 });
  });

  test("a zod schema of a recursive type is accepted, and gives the object", async () => {
    const tree = z.object({
      name: z.string(),
      get children() {
        return z.array(tree).optional();
      },
    });
    const text = '{"name":"a","children":[{"name":"b"}]}';
    const { object } = await client.converse({ prompt: text, modelId, schema: tree }).result();
    expect(object).toEqual({ name: "a", children: [{ name: "b" }] });
  });
});

describe("an answer that does not fit the schema", () => {
  test("an answer that does not fit the schema makes the result reject with the library's issues and the complete answer", async () => {
    const text = '{"city":1,"days":[1],"sky":"grey"}';
    const answer = client.converse({ prompt: text, modelId, schema: zodWeather });
    const error = await mismatchOf(answer.result());
    expect(error).toMatchObject({
      name: "SchemaMismatchError",
      code: "SchemaMismatch",
      retryable: false,
      partial: { role: "assistant", content: [{ text }] },
      result: { text, stopReason: "end_turn", message: { role: "assistant" } },
    });
    expect(error.issues).toHaveLength(1);
    expect(error.issues[0]).toMatchObject({ path: ["city"] });
    expect(error.message).not.toContain("city");
    await expect(answer.result()).rejects.toBe(error);
  });

  test.each([
    ["prose", "I cannot do that."],
    ["text before the object", `Here it is: ${prompt}`],
    ["text after the object", `${prompt} I hope this helps.`],
    ["a fence around the object", `\`\`\`json\n${prompt}\n\`\`\``],
    ["two objects", prompt + prompt],
  ])("an answer that is not only JSON makes the result reject with the code NotJson: %s", async (_, text) => {
    const error = await mismatchOf(client.converse({ prompt: text, modelId, schema: zodWeather }).result());
    expect(error).toMatchObject({ code: "NotJson", issues: [], result: { text } });
    expect(error.message).toContain("stop reason end_turn");
  });

  test("an answer that maxTokens has cut yields the parts that arrived, and makes the result reject with AnswerCut", async () => {
    const schema = z.object({ title: z.string(), story: z.string() });
    const inferenceConfig = { maxTokens: 20 };
    const answer = client.converse({ prompt: "A story about rain", inferenceConfig, schema });
    const parts = await collect(answer.objectStream());
    expect(parts.at(-1)?.title).toMatch(/^On a hill above the sea/);
    expect(parts.at(-1)?.story).toBeUndefined();
    const error = await mismatchOf(answer.result());
    expect(error).toMatchObject({ code: "AnswerCut", result: { stopReason: "max_tokens" } });
    expect(error.message).toContain("raise inferenceConfig.maxTokens");
  });

  test("an answer that does not fit the schema causes no unhandled rejection if nobody waits for it", async () => {
    void client.converse({ prompt: "prose", modelId, schema: zodWeather }).result();
    const { object } = await client.converse({ prompt, modelId, schema: zodWeather }).result();
    expect(object).toEqual(weather);
  });
});

describe("an answer with a schema", () => {
  test("an answer with a schema can be read as events or as text, but only once, like any other answer", async () => {
    const answer = client.converse({ prompt, modelId, schema: zodWeather });
    expect((await collect(answer.textStream())).join("")).toBe(prompt);
    expect(() => answer.objectStream()).toThrow(ConfigurationError);
    const events = await collect(client.converse({ prompt, modelId, schema: zodWeather }));
    expect(events.at(-1)).toMatchObject({ type: "end" });
  });

  test("an answer with a schema is aborted when its loop ends early", async () => {
    const answer = client.converse({ prompt, modelId, schema: zodWeather });
    for await (const part of answer.objectStream()) if (part.city !== undefined) break;
    await expect(answer.result()).rejects.toMatchObject({ name: "AbortError" });
  });

  test("an answer with a schema fails with the stream's error in the loop and the result", async () => {
    const answer = client.converse({ prompt, modelId: "local.mid-internal", schema: zodWeather });
    await expect(collect(answer.objectStream())).rejects.toMatchObject({ name: "StreamFailedError" });
    await expect(answer.result()).rejects.toMatchObject({ code: "InternalServerException" });
  });

  test("an answer with a schema responds to the request as it was when the call was made", async () => {
    const messages: Message[] = [{ role: "user", content: [{ text: prompt }] }];
    const answer = client.converse({ messages, modelId, schema: zodWeather });
    messages.length = 0;
    expect((await answer.result()).object).toEqual(weather);
  });
});

describe("a schema that cannot be sent", () => {
  test.each<[string, unknown, RegExp]>([
    [
      "a valibot schema that is not converted",
      v.object({}),
      /valibot gives no JSON Schema .* toStandardJsonSchema/,
    ],
    ["a date in zod", z.object({ at: z.date() }), /zod cannot write it as JSON Schema/],
    ["a string", "object", /it is string; pass a Standard Schema/],
    ["a list", [], /it is object; pass a Standard Schema/],
  ])(
    "a schema that cannot be sent makes the result reject with a ConfigurationError: %s",
    async (_, schema, message) => {
      const failing = client.converse({ prompt, modelId, schema: schema as Schema }).result();
      await expect(failing).rejects.toBeInstanceOf(ConfigurationError);
      await expect(failing).rejects.toThrow(message);
    },
  );

  test("a schema together with outputConfig.textFormat makes the result reject with a ConfigurationError", async () => {
    const structure = { jsonSchema: { schema: "{}" } };
    const outputConfig = { textFormat: { type: "json_schema" as const, structure } };
    const failing = client.converse({ prompt, modelId, outputConfig, schema: zodWeather }).result();
    await expect(failing).rejects.toThrow("both schema and outputConfig.textFormat");
  });

  test("a JSON Schema that Bedrock cannot enforce makes the result reject with Bedrock's error", async () => {
    const schema = { type: "object", properties: { a: { type: "integer", minimum: 1 } } };
    const failing = client.converse({ prompt, modelId, schema }).result();
    await expect(failing).rejects.toBeInstanceOf(RequestError);
    await expect(failing).rejects.toThrow("additionalProperties");
  });
});

const inputSchema = z.object({ city: z.string(), query: z.string(), days: z.number().int() });
const input = { city: "Reykjavík", query: "☃?", days: 3 };

describe("tools", () => {
  const ask = { prompt: "What is the weather?", modelId: "local.tool" };

  test("tools are called with a validated input, and the next turn accepts their result", async () => {
    const tools = { get_weather: { description: "The weather", inputSchema, strict: true } };
    const { message, toolCalls } = await client.converse({ ...ask, tools }).result();
    expect(toolCalls).toEqual([{ name: "get_weather", toolUseId: expect.any(String), input }]);
    for (const output of [{ celsius: 7 }, "7 °C", 7, null, [7], "", undefined, new Error("No such city")]) {
      const messages: Message[] = [
        { role: "user", content: [{ text: ask.prompt }] },
        message!,
        { role: "user", content: toolCalls.map((call) => toolResult(call, output)) },
      ];
      const { stopReason } = await client.converse({ messages, modelId, tools }).result();
      expect(stopReason).toBe("end_turn");
    }
  });

  test("a tool call's input is the output of the tool's schema", async () => {
    const counting = inputSchema.transform(({ city }) => city.length);
    const { toolCalls } = await client
      .converse({ ...ask, tools: { count: { inputSchema: counting } } })
      .result();
    expect(toolCalls).toMatchObject([{ name: "count", input: 9 }]);
  });

  test("tools can have plain JSON Schemas, and can be combined with a cache point and a tool choice", async () => {
    const tools = { look: { inputSchema: { type: "object", properties: {} } } };
    const toolConfig = { tools: [{ cachePoint: { type: "default" as const } }], toolChoice: { any: {} } };
    const { toolCalls } = await client.converse({ ...ask, tools, toolConfig }).result();
    expect(toolCalls).toMatchObject([{ name: "look", input }]);
  });

  test("tools are called before the model writes the object, which is undefined in that turn", async () => {
    const tools = { look: { inputSchema } };
    const answer = client.converse({ ...ask, tools, schema: zodWeather });
    expect(await answer.result()).toMatchObject({ stopReason: "tool_use", object: undefined });
    const { object } = await client.converse({ prompt, modelId, tools, schema: zodWeather }).result();
    expect(object).toEqual(weather);
  });

  test("tools make the result reject if an input does not fit, and the error can be sent as the tool's result", async () => {
    const tools = { look: { inputSchema: inputSchema.extend({ days: z.number().max(2) }) } };
    const error = await mismatchOf(client.converse({ ...ask, tools }).result());
    expect(error).toMatchObject({ code: "ToolInputInvalid", result: { stopReason: "tool_use" } });
    expect(error.issues).toHaveLength(1);
    expect(error.toolUseId).toBe(error.result.toolCalls[0]?.toolUseId);
    const block = toolResult({ toolUseId: error.toolUseId! }, error);
    expect(block.toolResult).toMatchObject({
      status: "error",
      content: [{ text: error.issues[0]?.message }],
    });
  });

  test("tools can be defined in toolConfig, and are then called with any object as input", async () => {
    const { toolCalls } = await client
      .converse({
        ...ask,
        toolConfig: { tools: [{ toolSpec: { name: "raw", inputSchema: { json: { type: "object" } } } }] },
      })
      .result();
    expect(toolCalls).toMatchObject([{ name: "raw", input }]);
  });

  test("tools make the result reject with a ConfigurationError if toolConfig defines tools as well", async () => {
    const toolConfig = { tools: [{ toolSpec: { name: "a", inputSchema: { json: { type: "object" } } } }] };
    const failing = client.converse({ ...ask, tools: { look: { inputSchema } }, toolConfig }).result();
    await expect(failing).rejects.toBeInstanceOf(ConfigurationError);
    await expect(failing).rejects.toThrow("both tools and toolConfig.tools define tools");
  });

  test("a tool whose schema cannot be written as JSON Schema makes the result reject with the tool's name", async () => {
    const tools = { look: { inputSchema: z.object({ at: z.date() }) } };
    await expect(client.converse({ ...ask, tools }).result()).rejects.toThrow(
      "the inputSchema of the tool look",
    );
  });
});
