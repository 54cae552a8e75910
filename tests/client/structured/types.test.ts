// The types of structured answers, checked by the compiler (`npx tsc`).
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import type {
  Client,
  ConverseStream,
  Json,
  JsonObject,
  PartialObject,
  ToolCall,
} from "../../../lib/client/index.ts";

/** Compiles the calls without running them. */
const compile: (calls: (client: Client) => unknown) => void = () => undefined;

const zodForecast = z.object({
  city: z.string(),
  days: z.string().transform(Number),
  sky: z.enum(["grey", "blue"]),
});
const prompt = "x";

interface Forecast {
  city: string;
  days: number;
  sky: "grey" | "blue";
}

describe("the object of an answer", () => {
  test("the object of an answer has the output type of a zod schema, and its parts have the input type", () => {
    compile(async (client) => {
      const answer = client.converse({ prompt, schema: zodForecast });
      expectTypeOf((await answer.result()).object).toEqualTypeOf<Forecast>();
      for await (const part of answer.objectStream()) {
        expectTypeOf(part).toEqualTypeOf<{ city?: string; days?: string; sky?: string }>();
      }
    });
  });

  test("the object of an answer has the type of an arktype schema or of a converted valibot schema", () => {
    compile(async (client) => {
      const ark = type({ city: "string", "days?": "number" });
      const arkAnswer = await client.converse({ prompt, schema: ark }).result();
      expectTypeOf(arkAnswer.object).toEqualTypeOf<{ city: string; days?: number }>();
      const valibot = toStandardJsonSchema(v.object({ city: v.string(), days: v.optional(v.number(), 3) }));
      const valibotAnswer = await client.converse({ prompt, schema: valibot }).result();
      expectTypeOf(valibotAnswer.object).toEqualTypeOf<{ city: string; days: number }>();
    });
  });

  test("the object of an answer is unknown with a JSON Schema, unless the caller states the object's type", () => {
    compile(async (client) => {
      const schema = { type: "object", properties: {}, additionalProperties: false };
      expectTypeOf((await client.converse({ prompt, schema }).result()).object).toEqualTypeOf<unknown>();
      const typed = client.converse<Forecast>({ prompt, schema });
      expectTypeOf((await typed.result()).object).toEqualTypeOf<Forecast>();
      for await (const part of typed.objectStream())
        expectTypeOf(part).toEqualTypeOf<PartialObject<Forecast>>();
      const constant = { type: "object", required: ["a"] } as const;
      expectTypeOf((await client.converse({ prompt, schema: constant }).result()).object).toBeUnknown();
    });
  });

  test("an answer's object can be undefined if the request has tools, and does not exist without a schema", () => {
    compile(async (client) => {
      const tools = { look: { inputSchema: zodForecast } };
      const { object } = await client.converse({ prompt, schema: zodForecast, tools }).result();
      expectTypeOf(object).toEqualTypeOf<Forecast | undefined>();
      expectTypeOf(client.converse({ prompt })).toEqualTypeOf<ConverseStream>();
      // @ts-expect-error: without a schema there is no object.
      client.converse({ prompt }).objectStream();
    });
  });

  test("an answer's object has parts whose members may be missing and whose unions of strings are plain strings", () => {
    expectTypeOf<PartialObject<{ a: "x" | "y"; list: { b: number }[]; c: string | null }>>().toEqualTypeOf<{
      a?: string;
      list?: { b?: number }[];
      c?: string | null;
    }>();
    expectTypeOf<PartialObject<unknown>>().toBeUnknown();
  });
});

describe("tool calls", () => {
  test("tool calls are a union with one member for each tool, with the output type of the tool's schema", () => {
    compile(async (client) => {
      const tools = {
        get_weather: { description: "Weather", inputSchema: zodForecast },
        get_time: { inputSchema: type({ zone: "string" }), strict: true },
        get_json: { inputSchema: { type: "object" } },
      };
      const { toolCalls } = await client.converse({ prompt, tools }).result();
      for (const call of toolCalls) {
        if (call.name === "get_weather") expectTypeOf(call.input).toEqualTypeOf<Forecast>();
        if (call.name === "get_time") expectTypeOf(call.input).toEqualTypeOf<{ zone: string }>();
        if (call.name === "get_json") expectTypeOf(call.input).toEqualTypeOf<JsonObject>();
        // @ts-expect-error: no tool has this name.
        if (call.name === "get_whether") throw new Error();
      }
    });
  });

  test("tool calls have any string as name and any JSON object as input if the request does not define tools", () => {
    compile(async (client) => {
      expectTypeOf((await client.converse({ prompt }).result()).toolCalls).toEqualTypeOf<ToolCall[]>();
      expectTypeOf<ToolCall["name"]>().toEqualTypeOf<string>();
      expectTypeOf<ToolCall["input"]>().toExtend<Json>();
    });
  });
});

describe("a mistake", () => {
  test("a mistake in the schema does not compile", () => {
    compile((client) => {
      // @ts-expect-error: valibot's own schemas have no JSON Schema.
      client.converse({ prompt, schema: v.object({ city: v.string() }) });
      // @ts-expect-error: a schema is an object.
      client.converse({ prompt, schema: "object" });
      // @ts-expect-error: a member other than the schema is misspelt.
      client.converse({ promt: "x", schema: zodForecast });
    });
  });

  test("a mistake in a tool does not compile", () => {
    compile((client) => {
      // @ts-expect-error: a tool has an inputSchema.
      client.converse({ prompt, tools: { look: { description: "x" } } });
      // @ts-expect-error: a description is text.
      client.converse({ prompt, tools: { look: { description: 1, inputSchema: zodForecast } } });
    });
  });
});
