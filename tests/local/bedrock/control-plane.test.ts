// Tests the local Bedrock's lists of models and inference profiles with AWS's client for the control plane.
import {
  BedrockClient,
  GetFoundationModelCommand,
  GetInferenceProfileCommand,
  ListFoundationModelsCommand,
  paginateListInferenceProfiles,
  type InferenceProfileSummary,
  type ListFoundationModelsCommandInput,
  type ListInferenceProfilesCommandInput,
} from "@aws-sdk/client-bedrock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scriptedModels } from "../../../lib/local/bedrock/scripted-models.ts";
import { startBedrock, type LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { postRequest, readAll } from "../../support/callers/bedrock-client.ts";
import { waitFor } from "../../support/deadline.ts";

const account = "arn:aws:bedrock:eu-west-1:123456789012";
const application = `${account}:application-inference-profile/a1b2c3`;
const foundation = "arn:aws:bedrock:eu-west-1::foundation-model";
const aliases = {
  "amazon.nova-lite-v1:0": "local.story",
  "us.anthropic.claude-sonnet-4-6": "local.thinking",
  "eu.amazon.nova-lite-v1:0": "local.echo",
  [application]: "local.tool",
};

let bedrock: LocalBedrock;
let client: BedrockClient;
beforeAll(async () => {
  bedrock = await startBedrock({ aliases });
  client = new BedrockClient({
    endpoint: bedrock.url,
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
});
afterAll(() => {
  client.destroy();
  return waitFor("closing", bedrock.close());
});

async function listModels(input: ListFoundationModelsCommandInput = {}): Promise<(string | undefined)[]> {
  const { modelSummaries = [] } = await client.send(new ListFoundationModelsCommand(input));
  return modelSummaries.map(({ modelId }) => modelId);
}

async function listProfiles(input: ListInferenceProfilesCommandInput = {}) {
  const pages: InferenceProfileSummary[][] = [];
  for await (const page of paginateListInferenceProfiles({ client, stopOnSameToken: true }, input)) {
    pages.push(page.inferenceProfileSummaries ?? []);
  }
  return { pages: pages.length, profiles: pages.flat() };
}

describe("ListFoundationModels", () => {
  test("ListFoundationModels lists scripted models, aliases that are model ids, and the models of inference profiles", async () => {
    const others = ["amazon.nova-lite-v1:0", "anthropic.claude-sonnet-4-6"];
    expect(await listModels()).toEqual([...Object.keys(scriptedModels), ...others]);
  });

  test.each<[filter: ListFoundationModelsCommandInput, ids: string[]]>([
    [{ byProvider: "amazon" }, ["amazon.nova-lite-v1:0"]],
    [{ byProvider: "Anthropic", byInferenceType: "ON_DEMAND" }, []],
    [{ byProvider: "Anthropic", byOutputModality: "TEXT" }, ["anthropic.claude-sonnet-4-6"]],
    [{ byOutputModality: "IMAGE" }, []],
    [{ byCustomizationType: "DISTILLATION" }, []],
  ])("ListFoundationModels with the filter %j lists %j", async (filter, ids) => {
    expect(await listModels(filter)).toEqual(ids);
  });

  test("ListFoundationModels rejects a filter value that the API does not define", async () => {
    await expect(listModels({ byOutputModality: "SMELL" as "TEXT" })).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(/'byOutputModality' .* enum value set: \[TEXT, IMAGE, EMBEDDING\]/),
    });
  });
});

describe("GetFoundationModel", () => {
  test.each([
    ["local.story", "local.story", ["ON_DEMAND"]],
    ["amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0", ["ON_DEMAND"]],
    [`${foundation}/amazon.nova-lite-v1:0`, "amazon.nova-lite-v1:0", ["ON_DEMAND"]],
    ["anthropic.claude-sonnet-4-6", "anthropic.claude-sonnet-4-6", ["INFERENCE_PROFILE"]],
  ])("GetFoundationModel finds %s", async (modelIdentifier, modelId, inferenceTypesSupported) => {
    const { modelDetails } = await client.send(new GetFoundationModelCommand({ modelIdentifier }));
    expect(modelDetails).toMatchObject({
      modelId,
      modelArn: `${foundation}/${modelId}`,
      inferenceTypesSupported,
      outputModalities: ["TEXT"],
      responseStreamingSupported: true,
      modelLifecycle: { status: "ACTIVE" },
    });
  });

  test.each(["local.nobody", "us.anthropic.claude-sonnet-4-6", "toString", application])(
    "GetFoundationModel rejects %s, which is not a foundation model",
    async (modelIdentifier) => {
      const asked = client.send(new GetFoundationModelCommand({ modelIdentifier }));
      await expect(asked).rejects.toMatchObject({ name: "ValidationException" });
    },
  );
});

describe("ListInferenceProfiles", () => {
  test("ListInferenceProfiles lists the aliases that are profiles, each with its foundation model", async () => {
    const { profiles } = await listProfiles();
    expect(
      profiles.map(({ inferenceProfileId, type, models }) => [inferenceProfileId, type, models]),
    ).toEqual([
      [
        "us.anthropic.claude-sonnet-4-6",
        "SYSTEM_DEFINED",
        [{ modelArn: `${foundation}/anthropic.claude-sonnet-4-6` }],
      ],
      ["eu.amazon.nova-lite-v1:0", "SYSTEM_DEFINED", [{ modelArn: `${foundation}/amazon.nova-lite-v1:0` }]],
      ["a1b2c3", "APPLICATION", [{ modelArn: `${foundation}/local.tool` }]],
    ]);
  });

  test("ListInferenceProfiles returns pages of the requested size", async () => {
    const all = await listProfiles();
    expect(all.pages).toBe(1);
    expect(await listProfiles({ maxResults: 1 })).toEqual({ pages: 3, profiles: all.profiles });
  });

  test("ListInferenceProfiles lists only the profiles of the requested type", async () => {
    const { profiles } = await listProfiles({ typeEquals: "APPLICATION" });
    expect(profiles.map(({ inferenceProfileArn }) => inferenceProfileArn)).toEqual([application]);
  });

  test.each([
    ["a page size of 0", { maxResults: 0 }, /'maxResults' .* greater than or equal to 1/],
    ["an invented pagination token", { nextToken: "x" }, /pagination token/],
    [
      "an unknown type",
      { typeEquals: "MINE" as "APPLICATION" },
      /enum value set: \[SYSTEM_DEFINED, APPLICATION\]/,
    ],
  ])("ListInferenceProfiles rejects %s", async (_, input, message) => {
    const error = { name: "ValidationException", message: expect.stringMatching(message) };
    await expect(listProfiles(input)).rejects.toMatchObject(error);
  });
});

describe("GetInferenceProfile", () => {
  test.each([
    [
      "eu.amazon.nova-lite-v1:0",
      `${account}:inference-profile/eu.amazon.nova-lite-v1:0`,
      "amazon.nova-lite-v1:0",
    ],
    [`${account}:inference-profile/eu.amazon.nova-lite-v1:0`, undefined, "amazon.nova-lite-v1:0"],
    [application, undefined, "local.tool"],
  ])(
    "GetInferenceProfile returns the foundation model of %s",
    async (inferenceProfileIdentifier, arn = inferenceProfileIdentifier, model) => {
      const asked = client.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier }));
      expect(await asked).toMatchObject({
        inferenceProfileArn: arn,
        models: [{ modelArn: `${foundation}/${model}` }],
        status: "ACTIVE",
      });
    },
  );

  test.each(["local.story", "us.amazon.nova-pro-v1:0", `${account}:application-inference-profile/unknown`])(
    "GetInferenceProfile returns ResourceNotFoundException for %s",
    async (inferenceProfileIdentifier) => {
      const asked = client.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier }));
      await expect(asked).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        $metadata: { httpStatusCode: 404 },
      });
    },
  );
});

test("a request to the control plane needs a signature or an API key", async () => {
  const response = await postRequest(`${bedrock.url}/foundation-models`, "", { method: "GET", headers: {} });
  expect(response.statusCode).toBe(403);
  expect(String(await readAll(response))).toContain("Missing Authentication Token");
});
