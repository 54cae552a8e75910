// Tests kept answers on each delivery of the whole local stack: readers who leave, cancellations, faults of the table of answers,
// and killed execution environments.
import { createHash, randomUUID } from "node:crypto";
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ScriptedModel } from "../../lib/local/bedrock/script.ts";
import type { Line } from "../../lib/wire.ts";
import { deliveries, type DeliveryName } from "../support/callers/line-callers.ts";
import { waitFor } from "../support/deadline.ts";
import { gatedModel } from "../support/frames/gated-model.ts";
import { killEnvironments } from "../support/matrix/kill-environments.ts";
import { unendedModels } from "../support/matrix/unended-models.ts";
import { startFaultyTable, type FaultyTable, type TableCall } from "../support/servers/faulty-table.ts";
import { caller, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const other = { accessKeyId: "other", secretAccessKey: "other" };
const words = 6;
/** The number of lines: the model's words, and start, messageStart, messageStop, metadata and end. */
const total = words + 5;

let gate = gatedModel(words);
const gated: ScriptedModel = { description: "of a test", script: (request) => gate.model.script(request) };

let stack: TestStack;
let table: FaultyTable;
beforeAll(async () => {
  table = await startFaultyTable(() => stack.answerTable!.url);
  stack = await startTestStack({
    callers: [caller, other],
    answerStore: {},
    bedrock: { kind: "local", options: { models: { ...unendedModels, "test.gated": gated } } },
    variables: { AWS_ENDPOINT_URL_DYNAMODB: table.url },
  });
});
afterAll(async () => {
  await stack.close();
  await table.close();
});

beforeEach(() => {
  gate = gatedModel(words);
});
afterEach(async () => {
  table.onCall = async () => undefined;
  await waitFor("the end of all calls to Bedrock", stack.bedrock!.idle());
});

const names = Object.keys(deliveries) as DeliveryName[];
/** Another delivery, on which a reader of the answer goes on. */
const nextOf = (name: DeliveryName) => names[(names.indexOf(name) + 1) % names.length]!;
const isPiece = ({ operation, input }: TableCall) =>
  operation === "PutItem" && input.Item?.["part"]?.S !== "claim";

function ask(name: DeliveryName, members: object, by = caller) {
  return deliveries[name](stack, { prompt: "x", modelId: "test.gated", ...members }, by);
}

/** Asks on the delivery, and resolves with the complete answer, which is in the table by then. */
async function keep(name: DeliveryName, key: string): Promise<string[]> {
  gate.open();
  const lines = await (await ask(name, { idempotencyKey: key })).rest();
  expect(await recordOf(lines)).toMatchObject({ outcome: "end", recording: "complete" });
  return lines;
}

/** Resolves with the log record of the request that called Bedrock. */
async function recordOf(lines: string[]) {
  const start = JSON.parse(lines[0]!) as Line & { type: "start" };
  return stack.record(start.requestId);
}

async function errorOf(answer: ReturnType<typeof ask>) {
  const lines = await (await answer).rest();
  expect(lines).toHaveLength(1);
  return (JSON.parse(lines[0]!) as { error: { name: string; message: string } }).error;
}

describe.each(names)("a kept answer on %s", (name) => {
  const next = nextOf(name);

  test("a reader who leaves gets the other lines on another delivery, and Bedrock is called once", async () => {
    const key = randomUUID();
    const before = { ...stack.bedrock!.statistics };
    const reader = await ask(name, { idempotencyKey: key });
    gate.open(2);
    const had = [...(await reader.read(2))];
    reader.leave();
    gate.open();
    const rest = await (await ask(next, { idempotencyKey: key, fromLine: had.length })).rest();
    const whole = await (await ask(name, { idempotencyKey: key, fromLine: 1 })).rest();
    expect([...had, ...rest].slice(1)).toEqual(whole);
    expect(whole).toHaveLength(total - 1);
    expect(await recordOf(had)).toMatchObject({ recording: "complete", deltas: words });
    const { requests, completed } = stack.bedrock!.statistics;
    expect([requests - before.requests, completed - before.completed]).toEqual([1, 1]);
  });

  test("two readers follow the same answer while the model writes it", async () => {
    const key = randomUUID();
    const first = await ask(name, { idempotencyKey: key });
    gate.open(2);
    await first.read(2);
    const second = await ask(name, { idempotencyKey: key, fromLine: 1 });
    expect(await second.read(1)).toEqual(first.lines.slice(1, 2));
    gate.open();
    const lines = await first.rest();
    expect(await second.rest()).toEqual(lines.slice(1));
    expect(lines).toHaveLength(total);
  });

  test("a cancellation ends the answer of every reader and the call to Bedrock", async () => {
    const key = randomUUID();
    const before = stack.bedrock!.statistics.aborted;
    const first = await ask(name, { idempotencyKey: key });
    gate.open(2);
    await first.read(2);
    const second = await ask(next, { idempotencyKey: key, fromLine: 1 });
    await second.read(1);
    const action = { prompt: undefined, modelId: undefined, action: "cancel", idempotencyKey: key };
    expect(await (await ask(name, action)).rest()).toEqual([`{"cancelled":true}`]);
    await waitFor("the end of the call to Bedrock", stack.bedrock!.idle());
    expect(stack.bedrock!.statistics.aborted).toBe(before + 1);
    expect(await first.last()).toMatchObject({ type: "error", error: { name: "Cancelled" } });
    expect(await second.rest()).toEqual(first.lines.slice(1));
    expect(await (await ask(name, action)).rest()).toEqual([`{"cancelled":false}`]);
    const foreign = await errorOf(ask(name, action, other));
    const unknown = await errorOf(ask(name, { ...action, idempotencyKey: randomUUID() }));
    expect([foreign.name, foreign.message]).toEqual(["AnswerNotFound", unknown.message]);
  });

  test("another caller, or another request with the same key, gets no line of a kept answer", async () => {
    const key = randomUUID();
    await keep(name, key);
    const resumed = { idempotencyKey: key, fromLine: 1 };
    const foreign = await errorOf(ask(name, resumed, other));
    const changed = await errorOf(ask(name, { ...resumed, prompt: "y" }));
    expect(foreign).toMatchObject({ name: "IdempotentParameterMismatch", retryable: false });
    expect(changed).toEqual({ ...foreign, requestId: expect.any(String) as unknown });
  });

  test("an expired answer is not handed out, although it is still in the table", async () => {
    const key = randomUUID();
    await keep(name, key);
    await expire(key);
    const { name: error } = await errorOf(ask(name, { idempotencyKey: key, fromLine: 1 }));
    expect(error).toBe("AnswerNotFound");
  });

  test("an answer is kept even if the table throttles the first attempt of each write", async () => {
    const seen = new Set<string>();
    table.onCall = async (call) => {
      const id = JSON.stringify([call.operation, call.input.Item?.["part"]]);
      if (call.operation !== "PutItem" || seen.has(id)) return undefined;
      seen.add(id);
      return "ProvisionedThroughputExceededException";
    };
    const key = randomUUID();
    const lines = await keep(name, key);
    expect(await (await ask(name, { idempotencyKey: key, fromLine: 1 })).rest()).toEqual(lines.slice(1));
    expect(seen.size).toBeGreaterThan(1);
  });

  test.each([
    ["refuses an item as too large", "ValidationException", isPiece],
    ["does not exist", "ResourceNotFoundException", () => true],
    ["closes each connection", "cut", () => true],
  ])(
    "a table that %s harms no answer, and the log says that the answer is not kept",
    async (_, fault, concerns) => {
      table.onCall = async (call) => (concerns(call) ? fault : undefined);
      gate.open();
      const key = randomUUID();
      const lines = await (await ask(name, { idempotencyKey: key })).rest();
      expect(lines).toHaveLength(total);
      const record = await recordOf(lines);
      expect(record).toMatchObject({ outcome: "end", recording: "failed" });
      expect(record["recordingDetail"]).toMatch(fault === "cut" ? /ECONN|socket/ : fault);
      table.onCall = async () => undefined;
      const { name: error } = await errorOf(ask(name, { idempotencyKey: key, fromLine: 1 }));
      expect(error).toBe("AnswerNotFound");
    },
  );

  test("a table that is slower than the answer delays no line, and has all lines in the end", async () => {
    let release = (): void => undefined;
    const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)));
    table.onCall = async (call) => (isPiece(call) ? held : undefined);
    gate.open();
    const key = randomUUID();
    const lines = await (await ask(name, { idempotencyKey: key })).rest();
    release();
    expect(lines).toHaveLength(total);
    expect(await recordOf(lines)).toMatchObject({ outcome: "end" });
    expect(await (await ask(name, { idempotencyKey: key, fromLine: 1 })).rest()).toEqual(lines.slice(1));
  });
});

describe("a killed execution environment", () => {
  test("an answer whose execution environment is killed ends with the same StreamTruncated on every delivery", async () => {
    const asked = await Promise.all(
      names.map(async (name) => {
        const key = randomUUID();
        return { name, key, answer: await ask(name, { modelId: "endless", idempotencyKey: key }) };
      }),
    );
    // The first two lines have to be in the table before the execution environment that writes them is killed.
    const followers = await Promise.all(
      asked.map(async ({ name, key, answer }) => {
        await answer.read(2);
        const follower = await ask(name, { modelId: "endless", idempotencyKey: key, fromLine: 1 });
        await follower.read(1);
        follower.leave();
        return { name, key, answer };
      }),
    );
    await killEnvironments(stack.lambda, stack.webSocketLambda, stack.appSyncLambda);
    await Promise.all(
      followers.map(async ({ name, key, answer }) => {
        const resumed = { modelId: "endless", idempotencyKey: key };
        const rest = await (await ask(nextOf(name), { ...resumed, fromLine: 2 })).rest();
        expect(JSON.parse(rest.at(-1)!)).toMatchObject({ type: "error", error: { name: "StreamTruncated" } });
        const again = await (await ask(name, { ...resumed, fromLine: 1 })).rest();
        expect([answer.lines[1], ...rest]).toEqual(again);
      }),
    );
  });
});

/** Makes the answer expire, with a write through AWS's SDK. */
async function expire(key: string): Promise<void> {
  const { url, name, credentials } = stack.answerTable!;
  const client = new DynamoDBClient({
    endpoint: url,
    region: "us-east-1",
    credentials: await credentials(),
  });
  const answer = createHash("sha256").update(key).digest("base64url");
  await client.send(
    new UpdateItemCommand({
      TableName: name,
      Key: { answer: { S: answer }, part: { S: "claim" } },
      UpdateExpression: "SET expiresAt = :past",
      ExpressionAttributeValues: { ":past": { N: String(Math.floor(Date.now() / 1000)) } },
    }),
  );
  client.destroy();
}
