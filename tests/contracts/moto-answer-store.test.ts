// Keeps answers in moto's DynamoDB, an implementation that shares no code with the local one, and reads and cancels them there.
import { once } from "node:events";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnswerStore } from "../../lib/answer-store/index.ts";
import type { ScriptedModel } from "../../lib/local/bedrock/script.ts";
import { waitFor } from "../support/deadline.ts";
import { hasMoto, startMoto, type Moto } from "../support/servers/moto.ts";
import { gatedModel } from "../support/frames/gated-model.ts";
import { startAnswerService, type AnswerService } from "../support/servers/answer-service.ts";
import { newKey } from "../support/servers/keyed-stack.ts";

let gate = gatedModel(3);
const gated: ScriptedModel = { description: "of a test", script: (request) => gate.model.script(request) };

let moto: Moto;
let service: AnswerService;
let store: AnswerStore;

describe.skipIf(!hasMoto)("an answer in moto's DynamoDB", () => {
  beforeAll(async () => {
    service = await startAnswerService({ models: { gated } });
    moto = await startMoto();
    const client = new DynamoDBClient({
      endpoint: moto.url,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const create = new CreateTableCommand({
      TableName: service.dynamoDb.table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "answer", AttributeType: "S" },
        { AttributeName: "part", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "answer", KeyType: "HASH" },
        { AttributeName: "part", KeyType: "RANGE" },
      ],
    });
    await waitFor("the table", client.send(create));
    client.destroy();
    store = service.connect({}, moto.url);
  });
  afterAll(async () => {
    moto.process.kill();
    await Promise.all([once(moto.process, "exit"), service.close()]);
  });

  test("an answer in moto's DynamoDB is followed and read again, byte for byte, but not by another owner", async () => {
    gate = gatedModel(3);
    const asked = { key: newKey(), modelId: "gated", store };
    const producer = service.read(asked);
    gate.open(2);
    await producer.until("the first word", ({ lines }) => lines.length > 2);
    const follower = service.read(asked);
    await follower.until("the first word", ({ lines }) => lines.length > 2);
    gate.open();
    expect(await producer.ended).toMatchObject({ recording: { recording: "complete" } });
    await follower.ended;
    expect(follower.text).toBe(producer.text);
    const rest = await service.ask({ ...asked, fromLine: 3 });
    expect(rest.text).toBe(producer.lines.slice(3).join(""));
    const { error } = await service.ask({ ...asked, owner: "iam:another" });
    expect(error?.name).toBe("IdempotentParameterMismatch");
  });

  test("an answer in moto's DynamoDB can be cancelled, but not twice", async () => {
    gate = gatedModel(3);
    const key = newKey();
    const reader = service.read({ key, modelId: "gated", store });
    gate.open(2);
    await reader.until("the first word", ({ lines }) => lines.length > 2);
    expect(await store.cancel({ key, owner: "iam:owner" })).toBe(true);
    expect(await reader.ended).toMatchObject({ outcome: { error: { name: "Cancelled" } } });
    expect(await store.cancel({ key, owner: "iam:owner" })).toBe(false);
  });

  test("an answer that failed before the first line leaves its key free", async () => {
    const key = newKey();
    const { error } = await service.ask({ key, modelId: "local.validation", store });
    expect(error?.name).toBe("ValidationException");
    gate = gatedModel(1);
    gate.open();
    expect((await service.ask({ key, modelId: "gated", store })).last.type).toBe("end");
  });
});
