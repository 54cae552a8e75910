// Tests AWS's SDKs with Bedrock's own operations through the signing proxy, which replaces the SDKs' signatures. The SDKs
// have credentials, a Region and a signing name that differ from those of the service.
import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { delta, ending, event, type ScriptedModel } from "../../lib/local/bedrock/script.ts";
import { userSays } from "../support/callers/bedrock-client.ts";
import { hasBoto3, startBoto3 } from "../support/callers/boto3-process.ts";
import {
  converseWith,
  createServiceClient,
  streamWith,
  textOf,
} from "../support/callers/service-sdk-client.ts";
import { scaled } from "../support/deadline.ts";
import { mixedText } from "../support/frames/mixed-text.ts";
import { caller, startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { proxyTo } from "../support/servers/signing-proxy.ts";

const colon = "amazon.nova-lite-v1:0";
const profile = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0";
const naming: ScriptedModel = {
  description: "answers with its own id",
  script: (request) => [
    event("messageStart", { role: "assistant" }),
    delta(0, { text: request.modelId }),
    ...ending(request, "end_turn", 1),
  ],
};
const names = ["local.echo", "local.tool", "local.cut", "local.half-frame", "local.throttled", "local.stall"];

let stack: TestStack;
beforeAll(async () => {
  const models = { [colon]: naming, [profile]: naming };
  const listed = [...names.map((name) => `${name}=${name}`), `nova=${colon}`, `profile=${profile}`];
  stack = await startTestStack({
    bedrock: { kind: "local", options: { deltasPerSecond: Infinity, models } },
    variables: { DELTAPIPE_MODELS: listed.join(","), DELTAPIPE_STALL_SECONDS: String(scaled(1500) / 1000) },
  });
});
afterAll(() => stack.close());

async function connect(): Promise<BedrockRuntimeClient> {
  const proxy = await proxyTo(stack.url, { credentials: caller });
  const client = createServiceClient(proxy.url, {
    region: "eu-central-1",
    credentials: { accessKeyId: "AKIDOTHER", secretAccessKey: "other", sessionToken: "other-token" },
    signingName: "bedrock",
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

describe("the SDK for JavaScript", () => {
  test.each([colon, profile, "nova"])(
    "the SDK for JavaScript calls the model %s through the proxy",
    async (modelId) => {
      const client = await connect();
      const stream = await streamWith(client, modelId);
      expect(stream.error).toBeUndefined();
      expect(textOf(stream.value)).toBe(modelId === profile ? profile : colon);
      const { value, error } = await converseWith(client, modelId);
      expect(error).toBeUndefined();
      expect(value).toMatchObject({ output: { message: { content: [{ text: textOf(stream.value) }] } } });
    },
  );

  test("the SDK for JavaScript reads a long answer unchanged through the proxy", async () => {
    const text = mixedText(200_000);
    const { value, error } = await streamWith(await connect(), "local.echo", text);
    expect(error).toBeUndefined();
    expect(textOf(value) === text).toBe(true);
  });

  test.each([
    ["local.cut", "ModelStreamErrorException", "ModelStreamErrorException"],
    ["local.half-frame", "ModelStreamErrorException", "ModelStreamErrorException"],
    ["local.stall", "ModelStreamErrorException", "ModelTimeoutException"],
    ["local.throttled", "ThrottlingException", "ThrottlingException"],
    ["local.nobody", "AccessDeniedException", "AccessDeniedException"],
  ])(
    "after a failed answer of %s, the SDK for JavaScript throws %s from ConverseStream and %s from Converse",
    async (modelId, inStream, complete) => {
      const client = await connect();
      expect((await streamWith(client, modelId)).error).toMatchObject({ name: inStream });
      expect((await converseWith(client, modelId)).error).toMatchObject({ name: complete });
    },
  );
});

test.skipIf(!hasBoto3)(
  "boto3 calls a model by an id with a colon and by an ARN, and raises for a failed answer",
  async () => {
    const proxy = await proxyTo(stack.url, { credentials: caller });
    const boto3 = startBoto3(proxy.url);
    onTestFinished(() => boto3.close());
    for (const modelId of [colon, profile]) {
      const { events = [], error } = await boto3.call({ modelId, ...userSays("x") });
      expect(error).toBeUndefined();
      expect(events[1]?.contentBlockDelta?.delta?.text).toBe(modelId);
      const { response } = await boto3.call({ operation: "converse", modelId, ...userSays("x") });
      expect(response).toMatchObject({ output: { message: { content: [{ text: modelId }] } } });
    }
    const failed = await boto3.call({ modelId: "local.cut", ...userSays("x") });
    expect(failed).toMatchObject({ error: "modelStreamErrorException" });
  },
);
