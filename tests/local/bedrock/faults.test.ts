// Tests how AWS's SDK reads the error responses and faults of the scripted models.
import { BedrockRuntimeServiceException } from "@aws-sdk/client-bedrock-runtime";
import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import type { LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { waitFor } from "../../support/deadline.ts";
import { playSampleModels } from "../../support/frames/sample-models.ts";
import { converse, createSdkClient, transports } from "../../support/callers/sdk-conversation.ts";

const { models, eventsOf } = playSampleModels();
let bedrock: LocalBedrock;
beforeAll(async () => {
  bedrock = await startBedrock({ deltasPerSecond: Infinity, slowMs: 20, models });
});
afterAll(() => waitFor("closing", bedrock.close()));

describe.each(transports)("over %s", (_, transport) => {
  let client: BedrockRuntimeClient;
  beforeAll(() => {
    client = createSdkClient(bedrock.url, transport());
  });
  afterAll(() => client.destroy());

  test.each([
    ["local.throttled", 429, "ThrottlingException", /Too many requests/],
    ["local.denied", 403, "AccessDeniedException", /arn:aws:sts::\d{12}:/],
    ["local.invalid", 400, "ValidationException", /maximum tokens/],
    ["local.unavailable", 503, "ServiceUnavailableException", /unable to process/],
    ["local.model-error", 424, "ModelErrorException", /unexpected error/],
    ["local.not-ready", 429, "ModelNotReadyException", /not ready/],
    ["local.model-timeout", 408, "ModelTimeoutException", /timed out/],
    ["local.not-found", 404, "ResourceNotFoundException", /Could not resolve/],
    ["local.internal", 500, "InternalServerException", /unexpected error/],
  ])("%s responds with %i, and the SDK throws %s", async (modelId, httpStatusCode, name, message) => {
    const { events, error } = await converse(client, { modelId });
    expect(events).toEqual([]);
    expect(error).toBeInstanceOf(BedrockRuntimeServiceException);
    expect(error).toMatchObject({
      name,
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode },
    });
  });

  test.each([
    ["local.mid-internal", "InternalServerException"],
    ["local.mid-model-error", "ModelStreamErrorException"],
    ["local.mid-validation", "ValidationException"],
    ["local.mid-throttling", "ThrottlingException"],
    ["local.mid-unavailable", "ServiceUnavailableException"],
    ["local.first-throttling", "ThrottlingException"],
  ])("the SDK reads all events that %s sends, and then throws %s", async (modelId, name) => {
    const { events, error } = await converse(client, { modelId });
    expect(error).toBeInstanceOf(BedrockRuntimeServiceException);
    expect(error).toMatchObject({ name, message: expect.stringMatching(/./) });
    expect(events).toEqual(eventsOf(modelId));
    expect(events).toHaveLength(modelId === "local.first-throttling" ? 0 : 8);
  });

  test("local.mid-model-error carries the model's original message", async () => {
    const { error } = await converse(client, { modelId: "local.mid-model-error" });
    expect(error).toMatchObject({ originalStatusCode: 500, originalMessage: expect.stringMatching(/./) });
  });

  test.each([
    ["local.cut", /aborted|Truncated/, 8],
    ["local.half-frame", /Truncated/, 8],
    ["local.bad-checksum", /message checksum/, 8],
    ["local.bad-prelude", /prelude checksum/, 8],
    ["local.not-json", /JSON/, 8],
    ["local.html", /Truncated/, 0],
  ])("the SDK throws an error for the broken stream of %s", async (modelId, message, deltas) => {
    const { events, error } = await converse(client, { modelId });
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect(events).toEqual(eventsOf(modelId).slice(0, deltas));
  });

  test("the SDK reports no error for local.unfinished, whose stream ends before messageStop", async () => {
    const { events, error } = await converse(client, { modelId: "local.unfinished" });
    expect(error).toBeUndefined();
    expect(Object.keys(events.at(-1) ?? {})).toEqual(["contentBlockDelta"]);
  });

  test.each(["local.stall", "local.silence", "local.mute"])(
    "%s stays open until the client disconnects",
    async (modelId) => {
      const { aborted, requests } = bedrock.statistics;
      const abort = new AbortController();
      const ending = converse(client, { modelId }, abort.signal);
      await waitFor(
        "the request",
        bedrock.until((now) => now.requests > requests),
      );
      abort.abort();
      await ending;
      await waitFor("the end of the request", bedrock.idle());
      expect(bedrock.statistics.aborted).toBe(aborted + 1);
    },
  );
});
