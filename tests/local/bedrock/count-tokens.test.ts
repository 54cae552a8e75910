// Tests the local Bedrock's CountTokens with AWS's SDK.
import {
  ConverseCommand,
  CountTokensCommand,
  type CountTokensInput,
  type BedrockRuntimeClient,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBedrock, type LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { userSays } from "../../support/callers/bedrock-client.ts";
import { createSdkClient, transports } from "../../support/callers/sdk-conversation.ts";
import { waitFor } from "../../support/deadline.ts";

const hello = userSays("Hello, can you hear me?");
const system = [{ text: "Answer in one word." }];
const toolConfig = { tools: [{ toolSpec: { name: "listen", inputSchema: { json: { type: "object" } } } }] };

let bedrock: LocalBedrock;
beforeAll(async () => {
  bedrock = await startBedrock({ deltasPerSecond: Infinity });
});
afterAll(() => waitFor("closing", bedrock.close()));

describe.each(transports)("over %s", (_, transport) => {
  let client: BedrockRuntimeClient;
  beforeAll(() => {
    client = createSdkClient(bedrock.url, transport());
  });
  afterAll(() => client.destroy());

  async function count(input: CountTokensInput, modelId = "local.echo"): Promise<number | undefined> {
    const { inputTokens } = await client.send(new CountTokensCommand({ modelId, input }));
    return inputTokens;
  }

  test.each<[what: string, converse: CountTokensInput.ConverseMember["converse"]]>([
    ["a message", hello],
    ["system texts", { ...hello, system }],
    ["tools", { ...hello, toolConfig: toolConfig as never }],
    [
      "a message without a text",
      { messages: [{ role: "user", content: [{ cachePoint: { type: "default" } }] }] },
    ],
  ])("CountTokens and Converse report the same number of input tokens for %s", async (_, converse) => {
    const { usage } = await client.send(new ConverseCommand({ modelId: "local.echo", ...converse }));
    expect(await count({ converse })).toBe(usage?.inputTokens);
    expect(usage?.inputTokens).toBeGreaterThan(0);
  });

  test("system texts and tools are counted too", async () => {
    const counts = [hello, { ...hello, system }, { ...hello, system, toolConfig: toolConfig as never }];
    const [first = 0, second = 0, third = 0] = await Promise.all(
      counts.map((converse) => count({ converse })),
    );
    expect(first).toBe(6);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
  });

  test("a body of InvokeModel is counted by its length", async () => {
    expect(await count({ invokeModel: { body: Buffer.from("x".repeat(401)) } })).toBe(101);
  });

  test.each<[what: string, input: CountTokensInput, modelId: string | undefined, message: RegExp]>([
    ["an unknown model", { converse: hello }, "local.nobody", /model identifier is invalid/],
    ["no messages", { converse: {} }, undefined, /must start with a user message/],
    ["a blank text", { converse: userSays(" ") }, undefined, /at messages\.0\.content\.0 is blank/],
    ["an empty input", {} as CountTokensInput, undefined, /CountTokensInput .* must set one of/],
  ])("CountTokens rejects %s", async (_, input, modelId, message) => {
    await expect(count(input, modelId)).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
  });
});
