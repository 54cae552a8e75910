// Tests the local Bedrock's error for operations that it lacks.
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBedrock, type LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { postRequest, readAll, userSays } from "../../support/callers/bedrock-client.ts";
import { waitFor } from "../../support/deadline.ts";

let bedrock: LocalBedrock;
beforeAll(async () => {
  bedrock = await startBedrock();
});
afterAll(() => waitFor("closing", bedrock.close()));

async function errorOf(method: string, path: string) {
  const response = await postRequest(bedrock.url + path, method === "GET" ? "" : userSays("x"), {
    method,
  });
  const { message } = JSON.parse((await readAll(response)).toString()) as { message: string };
  return { status: response.statusCode, type: response.headers["x-amzn-errortype"], message };
}

test.each([
  ["POST", "/model/local.story/invoke", "InvokeModel is unknown: POST /model/local.story/invoke;"],
  [
    "POST",
    "/model/amazon.nova-lite-v1%3A0/invoke-with-response-stream",
    "InvokeModelWithResponseStream is unknown: POST /model/amazon.nova-lite-v1%3A0/invoke-with-response-stream;",
  ],
  ["PUT", "/model/local.story/converse", "The operation is unknown: PUT /model/local.story/converse;"],
  ["GET", "/", "The operation is unknown: GET /;"],
  ["POST", "/model//converse", "The operation is unknown: POST /model//converse;"],
  ["POST", "/guardrail/gr/version/apply", "The operation is unknown: POST /guardrail/gr/version/apply;"],
])(
  "the request %s %s gets an error that repeats it and lists the operations that exist",
  async (method, path, beginning) => {
    const { status, type, message } = await errorOf(method, path);
    expect(status).toBe(404);
    expect(type).toMatch(/^UnknownOperationException:/);
    expect(message.slice(0, beginning.length)).toBe(beginning);
    for (const operation of [
      "ConverseStream (POST /model/{modelId}/converse-stream)",
      "Converse (POST /model/{modelId}/converse)",
      "CountTokens (POST /model/{modelId}/count-tokens)",
      "ApplyGuardrail (POST /guardrail/{guardrailIdentifier}/version/{guardrailVersion}/apply)",
      "ListFoundationModels (GET /foundation-models)",
      "GetFoundationModel (GET /foundation-models/{modelIdentifier})",
      "ListInferenceProfiles (GET /inference-profiles)",
      "GetInferenceProfile (GET /inference-profiles/{inferenceProfileIdentifier})",
    ]) {
      expect(message).toContain(operation);
    }
  },
);

test("a long path is shortened in the error's message", async () => {
  const { message } = await errorOf("POST", `/${"x".repeat(5000)}`);
  expect(message.length).toBeLessThan(1200);
});
