// AWS's SDK for Python calls the service as if it were Bedrock.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { userSays } from "../support/callers/bedrock-client.ts";
import { hasBoto3, startBoto3 } from "../support/callers/boto3-process.ts";
import { comparable, foldByHand, textOf } from "../support/callers/service-sdk-client.ts";
import { scaled } from "../support/deadline.ts";
import { mixedText } from "../support/frames/mixed-text.ts";
import { scriptedFaults } from "../support/matrix/scripted-faults.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";

describe.skipIf(!hasBoto3)("boto3", () => {
  const limit = String(scaled(2500) / 1000);
  let stack: TestStack;
  let boto3: ReturnType<typeof startBoto3>;
  beforeAll(async () => {
    stack = await startTestStack({
      bedrock: { kind: "local", options: { deltasPerSecond: Infinity, slowMs: scaled(1500) } },
      variables: {
        DELTAPIPE_STALL_SECONDS: limit,
        DELTAPIPE_FIRST_BYTE_SECONDS: limit,
        DELTAPIPE_PING_SECONDS: "0.2",
      },
    });
    boto3 = startBoto3(stack.url, "lambda");
  });
  afterAll(async () => {
    await boto3.close();
    await stack.close();
  });

  test.each([
    ["local.story", "A story about rain"],
    ["local.echo", mixedText(200_000)],
    ["local.tool", "x"],
    ["local.thinking", "x"],
    ["local.flood", "100000"],
    ["local.slow", "x"],
  ])("boto3 reads the same complete answer of %s from ConverseStream and Converse", async (modelId, text) => {
    const { events = [], error } = await boto3.call({ modelId, ...userSays(text) });
    expect(error).toBeUndefined();
    expect(events[0]).toHaveProperty("messageStart");
    expect(events.at(-1)).toHaveProperty("metadata");
    if (modelId === "local.echo") expect(textOf(events) === text).toBe(true);
    const { response } = await boto3.call({ operation: "converse", modelId, ...userSays(text) });
    expect(comparable(response)).toEqual(comparable(foldByHand(events)));
  });

  test("boto3 reads an answer with events that it does not know", async () => {
    const { events = [], error } = await boto3.call({ modelId: "local.unknown", ...userSays("x") });
    expect(error).toBeUndefined();
    expect(textOf(events)).toBe("Still here.");
    expect(events.at(-1)).toHaveProperty("metadata");
  });

  test.each(scriptedFaults)(
    "boto3 raises an error for a failed answer of %s: %j from ConverseStream, %j from Converse",
    async (modelId, [name, status], converse) => {
      const stream = await boto3.call({ modelId, ...userSays("x") });
      // In mid-stream, boto3 uses the event's name, which begins with a small letter.
      const error = status === undefined ? name.replace(/^./, (letter) => letter.toLowerCase()) : name;
      expect(stream).toMatchObject({ error, ...(status && { status }) });
      expect(stream.events?.some((event) => "messageStop" in event || "metadata" in event)).toBe(false);
      const folded = await boto3.call({ operation: "converse", modelId, ...userSays("x") });
      expect(folded).toEqual({ error: converse[0], status: converse[1] });
    },
  );
});
