// AWS's SDK for JavaScript calls the service as if it were Bedrock.
import { BedrockRuntimeServiceException, type BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scaled } from "../support/deadline.ts";
import {
  comparable,
  converseWith,
  createServiceClient,
  foldByHand,
  streamWith,
  textOf,
} from "../support/callers/service-sdk-client.ts";
import { mixedText } from "../support/frames/mixed-text.ts";
import { scriptedFaults } from "../support/matrix/scripted-faults.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const limit = String(scaled(2500) / 1000);
let stack: TestStack;
let client: BedrockRuntimeClient;
beforeAll(async () => {
  stack = await startTestStack({
    bedrock: { kind: "local", options: { deltasPerSecond: Infinity, slowMs: scaled(1500) } },
    variables: {
      DELTAPIPE_STALL_SECONDS: limit,
      DELTAPIPE_FIRST_BYTE_SECONDS: limit,
      DELTAPIPE_PING_SECONDS: "0.2",
    },
  });
  client = createServiceClient(stack.url);
});
afterAll(async () => {
  client.destroy();
  await stack.close();
});

describe("complete answers", () => {
  test.each([
    ["local.story", "A story about rain", 147],
    ["local.echo", mixedText(200_000), 1000],
    ["local.echo", "\ud83d a \ude00 \udc00\ud800", 1],
    ["local.tool", "x", 12],
    ["local.thinking", "x", 20],
    ["local.flood", "100000", 100_000],
    ["local.slow", "x", 3],
  ])(
    "a complete answer of %s is the same from ConverseStream and from Converse",
    async (modelId, text, atLeast) => {
      const { value: events, error } = await streamWith(client, modelId, text);
      expect(error).toBeUndefined();
      expect(Object.keys(events[0]!)).toEqual(["messageStart"]);
      expect(Object.keys(events.at(-1)!)).toEqual(["metadata"]);
      expect(events.length).toBeGreaterThan(atLeast);
      if (modelId === "local.echo") expect(textOf(events) === text).toBe(true);
      const complete = await converseWith(client, modelId, text);
      expect(complete.error).toBeUndefined();
      expect(comparable(complete.value)).toEqual(comparable(foldByHand(events)));
    },
  );

  test("the SDK reads an answer with events that it does not know, and skips those events", async () => {
    const { value: events, error } = await streamWith(client, "local.unknown");
    expect(error).toBeUndefined();
    expect(textOf(events)).toBe("Still here.");
    expect(events.at(-1)).toHaveProperty("metadata");
  });

  test("an answer with content that Converse cannot represent fails, instead of arriving without that content", async () => {
    const { error, attempts } = await converseWith(client, "local.unknown");
    expect(error).toMatchObject({ name: "InternalServerException", $metadata: { httpStatusCode: 424 } });
    expect(attempts).toBe(1);
  });
});

describe("failed answers", () => {
  test.concurrent.each(scriptedFaults)(
    "a failed answer of %s makes ConverseStream throw an error: %j",
    async (model, [name, status], _, attempts) => {
      const startedAt = performance.now();
      const stream = await streamWith(client, model);
      expect(stream.error).toBeInstanceOf(BedrockRuntimeServiceException);
      expect(stream.error).toMatchObject({ name, message: expect.stringMatching(/./) });
      expect((stream.error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode).toBe(
        status,
      );
      if (status !== undefined) expect(stream.attempts).toBe(attempts ?? 1);
      expect(stream.value.some(({ messageStop, metadata }) => messageStop ?? metadata)).toBe(false);
      if (/local\.(stall|mute|silence)/.test(model)) {
        expect(performance.now() - startedAt).toBeGreaterThan(Number(limit) * 1000 - 100);
      }
    },
  );

  test.concurrent.each(scriptedFaults)(
    "a failed answer of %s makes Converse throw an error (ConverseStream %j, Converse %j)",
    async (model, _, [name, status], attempts) => {
      const { value, error, attempts: made } = await converseWith(client, model);
      expect(value).toBeUndefined();
      expect(error).toBeInstanceOf(BedrockRuntimeServiceException);
      expect(error).toMatchObject({ name, $metadata: { httpStatusCode: status } });
      expect(made).toBe(attempts ?? 1);
    },
  );
});

test("the log record names the operation and has the status that was sent", async () => {
  const { error } = await converseWith(client, "local.cut");
  const { requestId } = (error as { $metadata: { requestId: string } }).$metadata;
  expect(await stack.record(requestId)).toMatchObject({
    operation: "Converse",
    model: "local.cut",
    status: 424,
    outcome: "StreamTruncated",
    deltas: 7,
  });
  const answer = await stack.ask({ prompt: "x", modelId: "local.echo" });
  const lines = await stack.record(answer.headers.get("x-amzn-requestid") ?? "");
  expect(lines).toMatchObject({ operation: "Lines", status: 200, outcome: "end" });
});
