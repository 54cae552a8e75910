// Tests which callers can use an idempotency key, for which requests and for how long, and what the table of answers contains.
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
  type AttributeValue,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelWith } from "../support/servers/local-bedrock.ts";
import { delta, ending, event } from "../../lib/local/bedrock/script.ts";
import { newKey } from "../support/servers/keyed-stack.ts";
import {
  roleCredentials,
  startAnswerService,
  type AnswerService,
  type Asked,
} from "../support/servers/answer-service.ts";

const echo = modelWith(function* (request) {
  yield event("messageStart", { role: "assistant" });
  yield delta(0, { text: `You said: ${request.prompt}` });
  yield* ending(request, "end_turn", 1);
});

let service: AnswerService;
let client: DynamoDBClient;
beforeAll(async () => {
  service = await startAnswerService({ models: { echo, other: echo } });
  client = new DynamoDBClient({
    endpoint: service.dynamoDb.url,
    region: "us-east-1",
    credentials: roleCredentials,
  });
});
afterAll(async () => {
  client.destroy();
  await service.close();
});

const message =
  "Cannot accept the request: its idempotency key belongs to another request or another caller; send a new key";

describe("a key that is in use", () => {
  const first: Omit<Asked, "key"> = { prompt: "first", owner: "iam:first" };

  test.each<[string, Partial<Asked>]>([
    ["another prompt", { prompt: "second" }],
    ["another model", { modelId: "other" }],
    ["another format", { format: "sse" }],
    ["another caller", { owner: "iam:second" }],
    ["another caller with fromLine", { owner: "iam:second", fromLine: 1 }],
    ["another prompt with fromLine", { prompt: "second", fromLine: 1 }],
  ])(
    "a key that is in use is refused for %s, with an error that does not say what differs",
    async (_, change) => {
      const key = newKey();
      await service.ask({ ...first, key });
      const before = service.bedrock.statistics.requests;
      const { error, text } = await service.ask({ ...first, key, ...change });
      expect(error).toMatchObject({
        name: "IdempotentParameterMismatch",
        status: 409,
        retryable: false,
        message,
      });
      expect(text).toBe("");
      expect(service.bedrock.statistics.requests).toBe(before);
    },
  );

  test("another caller cannot cancel the answer, and gets the same error as for a key that does not exist", async () => {
    const key = newKey();
    await service.ask({ ...first, key });
    const errors = await Promise.all(
      [
        { key, owner: "iam:second" },
        { key: newKey(), owner: "iam:first" },
      ].map((members) => service.store.cancel(members).catch((error: unknown) => error)),
    );
    expect(errors[0]).toMatchObject({ name: "AnswerNotFound", status: 404 });
    expect((errors[0] as Error).message).toBe((errors[1] as Error).message);
  });
});

describe("a key without an answer", () => {
  test("a request with fromLine and a key without an answer gets AnswerNotFound, and Bedrock is not called", async () => {
    const before = service.bedrock.statistics.requests;
    const { error } = await service.ask({ key: newKey(), fromLine: 1 });
    expect(error).toMatchObject({ name: "AnswerNotFound", status: 404, retryable: false });
    expect(service.bedrock.statistics.requests).toBe(before);
  });
});

describe("an answer that has expired", () => {
  async function expire(key: string): Promise<void> {
    await service.ask({ key, prompt: "old" });
    const [claim] = (await itemsOf(key)).filter(({ part }) => part?.S === "claim");
    await client.send(
      new UpdateItemCommand({
        TableName: service.dynamoDb.table,
        Key: { answer: claim!["answer"]!, part: claim!["part"]! },
        UpdateExpression: "SET expiresAt = :past",
        ExpressionAttributeValues: { ":past": { N: String(Math.floor(Date.now() / 1000)) } },
      }),
    );
  }

  test("an answer that has expired can be neither read nor cancelled, although it is still in the table", async () => {
    const key = newKey();
    await expire(key);
    expect((await service.ask({ key, prompt: "old", fromLine: 1 })).error?.name).toBe("AnswerNotFound");
    await expect(service.store.cancel({ key, owner: "iam:owner" })).rejects.toMatchObject({
      name: "AnswerNotFound",
    });
  });

  test("an answer that has expired frees its key for any caller", async () => {
    const key = newKey();
    await expire(key);
    const { text, isResumed } = await service.ask({ key, prompt: "new", owner: "iam:second" });
    expect([isResumed, text.includes("You said: new")]).toEqual([false, true]);
    expect((await service.ask({ key, prompt: "new", owner: "iam:second" })).text).toBe(text);
  });
});

describe("the table", () => {
  test("the table has exactly the bytes that were sent, and nothing else in it shows the key, the caller or the prompt", async () => {
    const key = newKey();
    const { text } = await service.ask({ key, prompt: "a question", owner: "iam:the-owner" });
    const items = await itemsOf(key);
    const pieces = items.filter(({ part }) => part?.S !== "claim");
    const bytes = pieces.map((piece) => gunzipSync(piece["bytes"]!.B!));
    expect(Buffer.concat(bytes).toString("latin1")).toBe(text);
    expect(pieces.map((piece) => piece["last"]?.BOOL)).toEqual([
      ...pieces.slice(1).map(() => undefined),
      true,
    ]);
    const rest = JSON.stringify(items.map((item) => ({ ...item, bytes: undefined })));
    for (const secret of [key, "the-owner", "a question"]) expect(rest).not.toContain(secret);
  });

  test("each item expires when the retention time has passed since the deadline of the answer's invocation", async () => {
    const key = newKey();
    await service.ask({ key, deadlineMs: 100_000 });
    const latest = Date.now() / 1000 + 100 + 5 * 60;
    for (const { expiresAt } of await itemsOf(key)) {
      expect(Number(expiresAt!.N)).toBeGreaterThan(latest - 100);
      expect(Number(expiresAt!.N)).toBeLessThanOrEqual(Math.ceil(latest));
    }
  });

  test("the answer store calls only the four DynamoDB operations that the functions' roles allow", async () => {
    const key = newKey();
    await service.ask({ key });
    await service.ask({ key, fromLine: 1 });
    await service.store.cancel({ key, owner: "iam:owner" });
    const used = new Set(service.table.calls.map(({ operation }) => operation));
    expect([...used].toSorted()).toEqual(["GetItem", "PutItem", "Query", "UpdateItem"]);
  });
});

/** All items of an answer, read by AWS's SDK. */
async function itemsOf(key: string): Promise<Record<string, AttributeValue>[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: service.dynamoDb.table,
      KeyConditionExpression: "answer = :answer",
      ExpressionAttributeValues: { ":answer": { S: createHash("sha256").update(key).digest("base64url") } },
    }),
  );
  return Items;
}
