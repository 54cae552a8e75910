// Tests how a model server's models appear in the lists of the local Bedrock and of the service.
import {
  BedrockClient,
  GetFoundationModelCommand,
  ListFoundationModelsCommand,
} from "@aws-sdk/client-bedrock";
import { CountTokensCommand } from "@aws-sdk/client-bedrock-runtime";
import { describe, expect, onTestFinished, test } from "vitest";
import { modelsSetting } from "../../../lib/local/bedrock/index.ts";
import { findServedModels, ModelServerError } from "../../../lib/local/model-server/index.ts";
import { parseModels } from "../../../lib/stream/settings/models.ts";
import { userSays } from "../../support/callers/bedrock-client.ts";
import { converseWith, createServiceClient } from "../../support/callers/service-sdk-client.ts";
import { answerOf, text } from "../../support/frames/chat-answers.ts";
import {
  sendJson,
  sendPieces,
  sendText,
  startTestChatServer,
  type Reply,
} from "../../support/servers/chat-server.ts";
import { serve } from "../../support/servers/http-server.ts";
import { startTestBedrock } from "../../support/servers/local-bedrock.ts";

const hello = sendPieces(answerOf(text("Hello")));

/** For each model: its id on the model server, its id for Bedrock's callers, and its name for the function's callers. */
const ids = [
  ["llama3.2:3b", "llama3.2:3b", "llama3.2-3b"],
  ["org/model", "org/model", "model"],
  ["other/model", "other/model", "model-2"],
  ["hf.co/a/B-GGUF:Q4_K_M", "hf.co/a/B-GGUF:Q4_K_M", "B-GGUF-Q4_K_M"],
  ["/models/my model.gguf", "models/my-model.gguf", "my-model.gguf"],
  ["C:\\models\\x.gguf", "C:/models/x.gguf", "x.gguf"],
  ["embed@q4", "embed-q4", "embed-q4"],
  ["embed q4", "embed-q4-2", "embed-q4-2"],
  ["local.story", "local.story-2", "local.story-2"],
  ["模型", "--", "--"],
  ["/", "model", "model-3"],
] as const;

describe("the models of a server", () => {
  test("a server's models get ids and names that Bedrock and the service accept", async () => {
    const server = await startTestChatServer(Object.fromEntries(ids.map(([id]) => [id, hello])));
    const models = await findServedModels(server);
    expect(Object.keys(models)).toEqual(ids.map(([, id]) => id));
    const listed = parseModels(modelsSetting({ models }));
    expect(listed[0]!.name).toBe("local.story");
    expect(listed.filter(({ id }) => id in models)).toEqual(ids.map(([, id, name]) => ({ name, id })));
  });

  test("a server's models are requested by the server's own ids, even if the caller uses an alias", async () => {
    const server = await startTestChatServer(Object.fromEntries(ids.map(([id]) => [id, hello])));
    const nova = "amazon.nova-lite-v1:0";
    const models = await findServedModels(server);
    const { url } = await startTestBedrock({ models, aliases: { [nova]: "models/my-model.gguf" } });
    const sdk = createServiceClient(url, { signingName: "bedrock" });
    for (const [serverId, modelId] of [...ids, ["/models/my model.gguf", nova] as const]) {
      const { value } = await converseWith(sdk, modelId);
      expect(value?.output?.message?.content).toEqual([{ text: "Hello" }]);
      expect(server.asked(serverId).length).toBeGreaterThan(0);
    }
    expect(server.asked("/models/my model.gguf")).toHaveLength(2);
  });

  test("a server's models are in Bedrock's lists, and CountTokens estimates their tokens", async () => {
    const server = await startTestChatServer({ "llama3.2:3b": hello });
    const { url } = await startTestBedrock({ models: await findServedModels(server) });
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const controlPlane = new BedrockClient({ endpoint: url, region: "us-east-1", credentials });
    const expected = { modelId: "llama3.2:3b", modelName: "llama3.2:3b", providerName: "library" };
    const { modelSummaries } = await controlPlane.send(new ListFoundationModelsCommand({}));
    expect(modelSummaries).toContainEqual(expect.objectContaining(expected));
    const one = new GetFoundationModelCommand({ modelIdentifier: "llama3.2:3b" });
    expect((await controlPlane.send(one)).modelDetails).toMatchObject(expected);
    const sdk = createServiceClient(url, { signingName: "bedrock" });
    const counted = new CountTokensCommand({
      modelId: "llama3.2:3b",
      input: { converse: userSays("12345678") },
    });
    expect(await sdk.send(counted)).toMatchObject({ inputTokens: 2 });
  });
});

describe("a model server's key", () => {
  test("a model server's key is sent with each request, and is never quoted in an error", async () => {
    const key = "sk-very-secret";
    const server = await startTestChatServer({ chat: hello });
    const { url } = await startTestBedrock({ models: await findServedModels({ ...server, key }) });
    await converseWith(createServiceClient(url, { signingName: "bedrock" }), "chat");
    expect(server.asked("chat")[0]!.headers.authorization).toBe(`Bearer ${key}`);
    const wrong = findServedModels({ url: server.url.replace("/v1", ""), key });
    await expect(wrong).rejects.toThrow(ModelServerError);
    await expect(wrong).rejects.not.toThrow(key);
  });

  test("no key is sent if none is configured", async () => {
    const server = await startTestChatServer({ chat: hello });
    const { url } = await startTestBedrock({ models: await findServedModels(server) });
    await converseWith(createServiceClient(url, { signingName: "bedrock" }), "chat");
    expect(server.asked("chat")[0]!.headers).not.toHaveProperty("authorization");
  });
});

describe("a list of models that cannot be used", () => {
  test.each<[what: string, reply: Reply, message: RegExp]>([
    ["an empty list", sendJson(200, { data: [] }), /: there are none; load a model, or download one$/],
    ["an object without a list", sendJson(200, { models: [] }), /: the response is not a list of models; /],
    ["a web page", sendText(200, "text/html", "<h1>Hello</h1>"), /: the response is not a list of models; /],
    [
      "a path that the server does not have",
      sendText(404, "text/plain", "no"),
      /: status 404; the URL of most servers ends with \/v1$/,
    ],
    [
      "a missing key",
      sendJson(401, { error: { message: "no key" } }),
      /: status 401; give the key that the server requires$/,
    ],
    [
      "an error",
      sendJson(500, { error: { message: "no disk" } }),
      /: status 500 \(no disk\); see the server's log$/,
    ],
    [
      "a list that breaks off",
      (response) => {
        response.writeHead(200, { "content-length": 1000 }).write("{", () => response.destroy());
      },
      /: cannot connect \(\w+\); start the /,
    ],
    ["a broken connection", (response) => void response.destroy(), /: cannot connect \(\w+\); start the /],
  ])("a list of models that cannot be used gives an error with the reason: %s", async (_, reply, message) => {
    const server = await serve((_request, response) => void reply(response));
    onTestFinished(() => server.close());
    const listed = findServedModels({ url: server.url });
    await expect(listed).rejects.toThrow(ModelServerError);
    await expect(listed).rejects.toThrow(message);
    await expect(listed).rejects.toThrow(`Cannot list the models of ${server.url}: `);
  });
});
