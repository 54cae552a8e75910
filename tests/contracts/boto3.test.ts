// The local Bedrock's answers, read by AWS's SDK for Python.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBedrock } from "../../lib/local/bedrock/start-bedrock.ts";
import type { LocalBedrock } from "../../lib/local/bedrock/start-bedrock.ts";
import { type Boto3Answer, hasBoto3, startBoto3 } from "../support/callers/boto3-process.ts";
import { userSays } from "../support/callers/bedrock-client.ts";
import { waitFor } from "../support/deadline.ts";
import { mixedText } from "../support/frames/mixed-text.ts";
import { playSampleModels } from "../support/frames/sample-models.ts";

describe.skipIf(!hasBoto3)("boto3", () => {
  const { models, eventsOf } = playSampleModels();
  const aliases = { "amazon.nova-lite-v1:0": "local.story", "us.amazon.nova-lite-v1:0": "local.story" };
  let bedrock: LocalBedrock;
  let boto3: ReturnType<typeof startBoto3>;
  beforeAll(async () => {
    bedrock = await startBedrock({ deltasPerSecond: Infinity, slowMs: 20, models, aliases });
    boto3 = startBoto3(bedrock.url);
  });
  afterAll(async () => {
    await boto3.close();
    await waitFor("closing", bedrock.close());
  });

  async function converse(
    modelId: string,
    text = "send 100",
  ): Promise<Boto3Answer & { events: NonNullable<Boto3Answer["events"]> }> {
    return { events: [], ...(await boto3.call({ modelId, ...userSays(text) })) };
  }

  test.each(["local.story", "local.echo", "local.thinking", "local.tool", "local.flood", "local.slow"])(
    "boto3 reads from %s exactly the events that were sent",
    async (modelId) => {
      const answer = await converse(modelId);
      expect(answer).toEqual({ events: eventsOf(modelId) });
      expect(answer.events.length).toBeGreaterThan(4);
    },
  );

  test.each([
    ["mixed text", mixedText(20_000)],
    ["halves of emoji", "\ud83d a \ude00 \udc00\ud800"],
  ])("boto3 gets %s back from local.echo", async (_, text) => {
    const { events, error } = await converse("local.echo", text);
    expect(error).toBeUndefined();
    expect(events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("") === text).toBe(true);
  });

  test("boto3 skips the unknown events from local.unknown", async () => {
    const { events, error } = await converse("local.unknown");
    expect(error).toBeUndefined();
    expect(events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("")).toBe("Still here.");
    expect(events.at(-1)).toHaveProperty("metadata");
  });

  test.each([
    ["local.throttled", 429, "ThrottlingException"],
    ["local.denied", 403, "AccessDeniedException"],
    ["local.invalid", 400, "ValidationException"],
    ["local.unavailable", 503, "ServiceUnavailableException"],
    ["local.model-error", 424, "ModelErrorException"],
    ["local.not-ready", 429, "ModelNotReadyException"],
    ["local.model-timeout", 408, "ModelTimeoutException"],
    ["local.not-found", 404, "ResourceNotFoundException"],
    ["local.internal", 500, "InternalServerException"],
    ["local.nobody", 400, "ValidationException"],
  ])("boto3 reads the error response from %s: %i %s", async (modelId, status, error) => {
    expect(await converse(modelId)).toEqual({ events: [], error, status });
  });

  test.each([
    ["local.mid-internal", "internalServerException"],
    ["local.mid-model-error", "modelStreamErrorException"],
    ["local.mid-validation", "validationException"],
    ["local.mid-throttling", "throttlingException"],
    ["local.mid-unavailable", "serviceUnavailableException"],
    ["local.first-throttling", "throttlingException"],
    // ProtocolError is urllib3's own error. Newer versions of botocore wrap it in a ResponseStreamingError.
    ["local.cut", /ProtocolError|ResponseStreamingError/],
    ["local.bad-checksum", "ChecksumMismatch"],
    ["local.bad-prelude", "ChecksumMismatch"],
  ])("boto3 reports how the stream from %s fails: %s", async (modelId, error) => {
    const answer = await converse(modelId);
    expect(answer.error).toMatch(error);
    expect(answer.events).toHaveLength(modelId === "local.first-throttling" ? 0 : 8);
  });

  test.each([
    [
      "count_tokens",
      { modelId: "local.story", input: { converse: userSays("Hello, hear me?") } },
      { inputTokens: 4 },
    ],
    [
      "apply_guardrail",
      {
        guardrailIdentifier: "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr1",
        guardrailVersion: "DRAFT",
        source: "INPUT",
        content: [{ text: { text: "forbidden" } }],
      },
      { action: "GUARDRAIL_INTERVENED", outputs: [{ text: expect.stringMatching(/^Sorry/) }] },
    ],
    [
      "list_foundation_models",
      { byProvider: "Amazon" },
      { modelSummaries: [{ modelId: "amazon.nova-lite-v1:0" }] },
    ],
    [
      "get_foundation_model",
      { modelIdentifier: "amazon.nova-lite-v1:0" },
      { modelDetails: { modelArn: "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0" } },
    ],
    [
      "list_inference_profiles",
      { maxResults: 1, typeEquals: "SYSTEM_DEFINED" },
      { inferenceProfileSummaries: [{ inferenceProfileId: "us.amazon.nova-lite-v1:0" }] },
    ],
    [
      "get_inference_profile",
      {
        inferenceProfileIdentifier:
          "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/local.story",
      },
      { models: [{ modelArn: "arn:aws:bedrock:us-east-1::foundation-model/local.story" }] },
    ],
  ])("boto3 reads the response of %s", async (operation, input, response) => {
    expect(await boto3.call({ operation, ...input })).toMatchObject({ response });
  });

  test("boto3 reads the error for a profile that does not exist", async () => {
    const call = { operation: "get_inference_profile", inferenceProfileIdentifier: "eu.vendor.model" };
    expect(await boto3.call(call)).toEqual({ error: "ResourceNotFoundException", status: 404 });
  });
});
