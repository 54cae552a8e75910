// Tests the local Bedrock's Converse with AWS's SDK: the response has the same content as the stream, and a model's fault
// becomes an error status.
import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBedrock, type LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import {
  converseWith,
  createServiceClient,
  foldByHand,
  streamWith,
} from "../../support/callers/service-sdk-client.ts";
import { waitFor } from "../../support/deadline.ts";

let bedrock: LocalBedrock;
let client: BedrockRuntimeClient;
beforeAll(async () => {
  bedrock = await startBedrock({ deltasPerSecond: Infinity, slowMs: 20 });
  client = createServiceClient(bedrock.url, { signingName: "bedrock", maxAttempts: 1 });
});
afterAll(() => {
  client.destroy();
  return waitFor("closing", bedrock.close());
});

/** The response without its metadata, and with fixed values in place of the latency and the tool ids, which vary. */
function comparable(response: object): unknown {
  const { $metadata: _, ...rest } = response as { $metadata?: unknown };
  const text = JSON.stringify(rest, (name, value: unknown) => (name === "latencyMs" ? 0 : value));
  return JSON.parse(text.replaceAll(/tooluse_\w+/g, "tooluse_x"));
}

test.each(["local.story", "local.echo", "local.tool", "local.thinking", "local.flood", "local.slow"])(
  "Converse of %s returns the same content as its stream",
  async (modelId) => {
    const { value: events } = await streamWith(client, modelId);
    const { value } = await converseWith(client, modelId);
    expect(comparable(value!)).toEqual(comparable(foldByHand(events)));
  },
);

test.each([
  ["local.throttled", 429, "ThrottlingException"],
  ["local.mid-throttling", 429, "ThrottlingException"],
  ["local.mid-internal", 500, "InternalServerException"],
  ["local.mid-model-error", 424, "ModelStreamErrorException"],
  ["local.mid-validation", 400, "ValidationException"],
  ["local.mid-unavailable", 503, "ServiceUnavailableException"],
  ["local.unfinished", 500, "InternalServerException"],
  ["local.half-frame", 500, "InternalServerException"],
  ["local.bad-checksum", 500, "InternalServerException"],
  ["local.not-json", 500, "InternalServerException"],
])("Converse of %s responds with %i %s", async (modelId, httpStatusCode, name) => {
  const { error } = await converseWith(client, modelId);
  expect(error).toMatchObject({ name, $metadata: { httpStatusCode } });
});

test("the connection of local.cut is closed without a response", async () => {
  expect(await converseWith(client, "local.cut")).toMatchObject({ error: { code: "ECONNRESET" } });
});
