// The types of requests and answers. `npm run types` compiles this file: the compiler then tests that mistakes do not compile,
// and that correct requests compile.
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
  test("a request with neither prompt nor messages does not compile", () => {
    // @ts-expect-error
    check({});
    // @ts-expect-error
    check({ modelId: "x" });
    // @ts-expect-error
    check({ prompt: undefined });
  });

  test("a request with both prompt and messages does not compile", () => {
    // @ts-expect-error
    check({ prompt: "hi", messages: [] });
  });

  test("a request with storyType together with prompt or messages does not compile", () => {
    check({ storyType: "CATS", modelId: "x" });
    // @ts-expect-error
    check({ storyType: "CATS", prompt: "hi" });
    // @ts-expect-error
    check({ storyType: "CATS", messages: [] });
  });

  test("a request with a misspelt member at any depth does not compile", () => {
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

  test("a request with a wrong value does not compile", () => {
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

  test("a block with two kinds of content does not compile", () => {
    // @ts-expect-error
    check({ messages: [{ role: "user", content: [{ text: "hi", cachePoint: { type: "default" } }] }] });
  });

  test("unknownContentBlock() does not compile with a known kind of content, or with a value that is not JSON", () => {
    // @ts-expect-error
    unknownContentBlock({ text: 1 });
    // @ts-expect-error
    unknownContentBlock({ hologram: new Date() });
  });

  test("a request with promptVariables, which the service rejects, does not compile", () => {
    // @ts-expect-error
    check({ prompt: "hi", promptVariables: { name: { text: "x" } } });
  });
});

describe("a call of converse()", () => {
  test("a call of converse() with a mistake in the request does not compile", () => {
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
  test("a request whose optional members are undefined compiles", () => {
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

  test("a request with the newest kinds of content and options compiles", () => {
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

  test("a request with a kind of content that does not exist yet compiles, and unknownContentBlock() returns the content unchanged", () => {
    const hologram = { hologram: { depth: 3, layers: [{ bytes: "YQ==" }] } };
    const block = unknownContentBlock(hologram);
    check({ messages: [{ role: "user", content: [{ text: "Describe" }, block] }] });
    expect(block).toBe(hologram);
  });

  test("a request with the message of a result compiles", () => {
    expectTypeOf<Exclude<ConverseResult["message"], undefined>>().toEqualTypeOf<Message>();
    expectTypeOf<{ messages: Message[] }>().toExtend<ConverseRequest>();
  });
});

describe("the type of an answer", () => {
  test("the type of a content block has all members, so that programs need not check the block's kind first", () => {
    expectTypeOf<ContentBlock["text"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<NonNullable<ContentBlock["toolUse"]>["name"]>().toEqualTypeOf<string>();
  });

  test("the type of an event determines the types of its other members", () => {
    type Delta = Extract<ConverseEvent, { type: "contentBlockDelta" }>["delta"];
    expectTypeOf<Delta["text"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<NonNullable<Delta["toolUse"]>>().toEqualTypeOf<{ input: string }>();
    type Usage = NonNullable<ConverseResult["usage"]>;
    expectTypeOf<NonNullable<Usage["cacheDetails"]>[number]["inputTokens"]>().toEqualTypeOf<number>();
  });

  test("the type of a result includes undefined where the service may leave a value out", () => {
    expectTypeOf<ConverseResult["modelId"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<ConverseResult["requestId"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<ConverseResult["text"]>().toEqualTypeOf<string>();
    expectTypeOf<ConverseResult["reasoningText"]>().toEqualTypeOf<string | undefined>();
  });
});

describe("an error's type", () => {
  test("an error's type lists every code of the service, and allows any other string", () => {
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

  test("an error's type has the status, and for an IncompleteAnswerError the part that arrived", () => {
    expectTypeOf<DeltapipeError["status"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<DeltapipeError["retryable"]>().toEqualTypeOf<boolean>();
    expectTypeOf<StreamCutError>().toExtend<IncompleteAnswerError>();
    expectTypeOf<IncompleteAnswerError["partial"]>().toEqualTypeOf<Message>();
  });
});

describe("a call's type", () => {
  type CallOptions = NonNullable<Parameters<Client["converse"]>[1]>;

  test("a call's type accepts retries as a number or as options, and accepts time limits", () => {
    expectTypeOf<{ retry: 3 }>().toExtend<CallOptions>();
    expectTypeOf<{
      retry: { limit: 0 };
      idleTimeout: 1;
      firstByteTimeout: undefined;
    }>().toExtend<CallOptions>();
    expectTypeOf<{ retry: "3" }>().not.toExtend<CallOptions>();
  });

  test("a call's type gives an answer that `await using`, web servers and loops accept", () => {
    expectTypeOf<ConverseStream>().toExtend<AsyncDisposable>();
    expectTypeOf<ReturnType<ConverseStream["toResponse"]>>().toEqualTypeOf<Promise<Response>>();
    expectTypeOf<ReturnType<ConverseStream["lines"]>>().toExtend<AsyncIterable<string>>();
  });

  test("a client's type accepts a dispatcher from any version of undici", () => {
    interface OfOtherVersion {
      dispatch(options: { origin: URL; newOption: bigint }, handler: { onAnything(): void }): boolean;
      close(): Promise<void>;
    }
    expectTypeOf<OfOtherVersion>().toExtend<NonNullable<ClientOptions["dispatcher"]>>();
    expectTypeOf<{ fetch(): void }>().not.toExtend<NonNullable<ClientOptions["dispatcher"]>>();
  });
});
