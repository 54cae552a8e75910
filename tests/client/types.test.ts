// The types of requests and answers. `npm run types` compiles this file: the compiler then tests that mistakes do not compile,
// and that everything that the service accepts compiles.
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type Client,
  type ClientOptions,
  type ContentBlock,
  type ConverseEvent,
  type ConverseRequest,
  type ConverseResult,
  type ConverseStream,
  type DeltapipeError,
  type ErrorCode,
  type IncompleteAnswerError,
  type Message,
  type StreamCutError,
  unknownContentBlock,
} from "../../lib/client/index.ts";
import type { ErrorName } from "../../lib/stream/converse-error.ts";

function check(_request: ConverseRequest): void {}

describe("a request does not compile", () => {
  test("if it has neither prompt nor messages", () => {
    // @ts-expect-error
    check({});
    // @ts-expect-error
    check({ modelId: "x" });
    // @ts-expect-error
    check({ prompt: undefined });
  });

  test("if it has both prompt and messages", () => {
    // @ts-expect-error
    check({ prompt: "hi", messages: [] });
  });

  test("if it has storyType together with prompt or messages", () => {
    check({ storyType: "CATS", modelId: "x" });
    // @ts-expect-error
    check({ storyType: "CATS", prompt: "hi" });
    // @ts-expect-error
    check({ storyType: "CATS", messages: [] });
  });

  test("if it has a misspelt member, at any depth", () => {
    // @ts-expect-error
    check({ promt: "hi" });
    // @ts-expect-error
    check({ prompt: "hi", modelID: "x" });
    // @ts-expect-error
    check({ messages: [{ role: "user", content: [{ txt: "hi" }] }] });
    // @ts-expect-error
    check({ prompt: "hi", toolConfig: { tols: [] } });
    // @ts-expect-error
    check({ prompt: "hi", inferenceConfig: { max_tokens: 1 } });
    // @ts-expect-error
    check({ prompt: "hi", system: [{ txt: "Be brief" }] });
    // @ts-expect-error
    check({ prompt: "hi", outputConfig: { textFormat: { type: "json_schema", structure: {} } } });
  });

  test("if it has a wrong value", () => {
    // @ts-expect-error
    check({ messages: [{ role: "human", content: [] }] });
    // @ts-expect-error
    check({ prompt: "hi", serviceTier: { type: "fast" } });
    // @ts-expect-error
    check({ prompt: "hi", system: "Be brief" });
    // @ts-expect-error
    check({ messages: [{ role: "user", content: "hi" }] });
    const image = { format: "bmp", source: { bytes: "" } } as const;
    // @ts-expect-error
    check({ messages: [{ role: "user", content: [{ image }] }] });
    const raw = { format: "png", source: { bytes: new Uint8Array() } } as const;
    // @ts-expect-error
    check({ messages: [{ role: "user", content: [{ image: raw }] }] });
  });

  test("if one block has two kinds of content", () => {
    // @ts-expect-error
    check({ messages: [{ role: "user", content: [{ text: "hi", cachePoint: { type: "default" } }] }] });
  });

  test("if it passes a known kind of content, or a value that is not JSON, to unknownContentBlock()", () => {
    // @ts-expect-error
    unknownContentBlock({ text: 1 });
    // @ts-expect-error
    unknownContentBlock({ hologram: new Date() });
  });

  test("if it has promptVariables, or another member that the service rejects", () => {
    // @ts-expect-error
    check({ prompt: "hi", promptVariables: { name: { text: "x" } } });
  });
});

describe("a call of converse()", () => {
  test("does not compile with a mistake in the request", () => {
    const calls = (client: Client): unknown[] => [
      // @ts-expect-error
      client.converse({ messages: [{ role: "user", content: [{ txt: "hi" }] }] }),
      // @ts-expect-error
      client.converse({ prompt: "hi", toolConfig: { tols: [] } }),
      // @ts-expect-error
      client.converse({ prompt: "hi", messages: [] }),
      // @ts-expect-error
      client.converse({}),
      // @ts-expect-error
      client.converse({ promt: "hi" }),
      client.converse({ prompt: "hi", modelId: undefined }),
    ];
    expect(calls).toBeTypeOf("function");
  });
});

describe("a correct request compiles", () => {
  test("if every optional member is undefined", () => {
    check({
      prompt: "hi",
      messages: undefined,
      modelId: undefined,
      system: undefined,
      inferenceConfig: { maxTokens: undefined, temperature: undefined },
      toolConfig: undefined,
      outputConfig: { textFormat: undefined, effort: undefined },
    });
  });

  test("if it uses the newest kinds of content and options", () => {
    const tool = { name: "weather" };
    check({
      messages: [
        { role: "system", content: [{ toolAddition: { tool } }, { toolRemoval: { tool } }] },
        {
          role: "user",
          content: [
            { audio: { format: "mp3", source: { bytes: "YQ==" } } },
            { video: { format: "mp4", source: { s3Location: { uri: "s3://a/b" } } } },
            { searchResult: { source: "x", title: "x", content: [{ text: "x" }] } },
            { guardContent: { text: { text: "x", qualifiers: ["query"] } } },
            { cachePoint: { type: "default", ttl: "1h" } },
          ],
        },
      ],
      toolConfig: {
        tools: [
          { toolSpec: { ...tool, inputSchema: { json: { type: "object" } }, strict: true } },
          { systemTool: { name: "nova_grounding" } },
        ],
        toolChoice: { any: {} },
      },
      outputConfig: {
        effort: "low",
        textFormat: { type: "json_schema", structure: { jsonSchema: { schema: "{}" } } },
      },
    });
  });

  test("if it contains a kind of content that does not exist yet, which is sent unchanged", () => {
    const hologram = { hologram: { depth: 3, layers: [{ bytes: "YQ==" }] } };
    const block = unknownContentBlock(hologram);
    check({ messages: [{ role: "user", content: [{ text: "Describe" }, block] }] });
    expect(block).toBe(hologram);
  });

  test("if it contains the message of a result", () => {
    expectTypeOf<Exclude<ConverseResult["message"], undefined>>().toEqualTypeOf<Message>();
    expectTypeOf<{ messages: Message[] }>().toExtend<ConverseRequest>();
  });
});

describe("the type of an answer", () => {
  test("has every member of a content block, so that programs need not check the block's kind first", () => {
    expectTypeOf<ContentBlock["text"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<NonNullable<ContentBlock["toolUse"]>["name"]>().toEqualTypeOf<string>();
  });

  test("is narrowed by the type of an event", () => {
    type Delta = Extract<ConverseEvent, { type: "contentBlockDelta" }>["delta"];
    expectTypeOf<Delta["text"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<NonNullable<Delta["toolUse"]>>().toEqualTypeOf<{ input: string }>();
    type Usage = NonNullable<ConverseResult["usage"]>;
    expectTypeOf<NonNullable<Usage["cacheDetails"]>[number]["inputTokens"]>().toEqualTypeOf<number>();
  });

  test("includes undefined where the service may leave a value out", () => {
    expectTypeOf<ConverseResult["modelId"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<ConverseResult["requestId"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<ConverseResult["text"]>().toEqualTypeOf<string>();
    expectTypeOf<ConverseResult["reasoningText"]>().toEqualTypeOf<string | undefined>();
  });
});

describe("an error's type", () => {
  test("lists every code of the service, and allows any other string", () => {
    type Known = ErrorCode extends infer Code
      ? Code extends string
        ? string extends Code
          ? never
          : Code
        : never
      : never;
    expectTypeOf<never>().toEqualTypeOf<Exclude<ErrorName, Known>>();
    expectTypeOf<"SomethingNew">().toExtend<ErrorCode>();
  });

  test("has the status, and for an IncompleteAnswerError the part that arrived", () => {
    expectTypeOf<DeltapipeError["status"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<DeltapipeError["retryable"]>().toEqualTypeOf<boolean>();
    expectTypeOf<StreamCutError>().toExtend<IncompleteAnswerError>();
    expectTypeOf<IncompleteAnswerError["partial"]>().toEqualTypeOf<Message>();
  });
});

describe("a call's type", () => {
  type CallOptions = NonNullable<Parameters<Client["converse"]>[1]>;

  test("accepts retries as a number or as options, and time limits", () => {
    expectTypeOf<{ retry: 3 }>().toExtend<CallOptions>();
    expectTypeOf<{
      retry: { limit: 0 };
      idleTimeout: 1;
      firstByteTimeout: undefined;
    }>().toExtend<CallOptions>();
    expectTypeOf<{ retry: "3" }>().not.toExtend<CallOptions>();
  });

  test("gives an answer that `await using`, web servers and loops accept", () => {
    expectTypeOf<ConverseStream>().toExtend<AsyncDisposable>();
    expectTypeOf<ReturnType<ConverseStream["toResponse"]>>().toEqualTypeOf<Promise<Response>>();
    expectTypeOf<ReturnType<ConverseStream["lines"]>>().toExtend<AsyncIterable<string>>();
  });

  test("accepts a dispatcher from any version of undici", () => {
    interface OfOtherVersion {
      dispatch(options: { origin: URL; newOption: bigint }, handler: { onAnything(): void }): boolean;
      close(): Promise<void>;
    }
    expectTypeOf<OfOtherVersion>().toExtend<NonNullable<ClientOptions["dispatcher"]>>();
    expectTypeOf<{ fetch(): void }>().not.toExtend<NonNullable<ClientOptions["dispatcher"]>>();
  });
});
