// Tests requests with idempotency keys through the GraphQL API: they get the rest of an answer in another conversation, or cancel
// it.
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { gatedModel } from "../support/frames/gated-model.ts";
import { linesOf } from "../support/push/pushed-lines.ts";
import { callerArn, startAppSyncService, type AppSyncService } from "../support/servers/appsync-service.ts";

let service: AppSyncService;
afterEach(() => service.close());

const words = 4;
/** The lines of an answer: one for each word of the model, and start, messageStart, messageStop, metadata and end. */
const total = words + 5;

/** Starts the function with a model that sends words only as far as the test opens the returned gate. */
async function start(apiKey = false) {
  const gate = gatedModel(words);
  service = await startAppSyncService(apiKey, {
    answerStore: true,
    bedrock: { models: { "test.gated": gate.model } },
    variables: { DELTAPIPE_MODELS: "gated=test.gated" },
  });
  return gate;
}

const owner = `iam:${callerArn}`;
const request = (idempotencyKey: string, more: object = {}) =>
  JSON.stringify({ prompt: "x", idempotencyKey, ...more });
const cancel = (idempotencyKey: string) => JSON.stringify({ action: "cancel", idempotencyKey });

let count = 0;
/** Invokes the function with a request in a new conversation, as AppSync does. `done` resolves when the invocation has ended. */
function ask(body: string, by = owner) {
  const conversationId = `conversation ${++count}`;
  const requestId = randomUUID();
  const job = { conversationId, owner: by, requestId, ...(by === owner && { callerArn }), body };
  const done = waitFor("the end of the invocation", service.invoke({ job }));
  const published = () => service.published.filter((each) => each.conversationId === conversationId);
  const messages = () => published().map(({ message }) => JSON.parse(message) as Record<string, unknown>);
  const lines = () => linesOf(published().map(({ message }) => message));
  const until = (least: number) => service.until(`line ${least}`, () => lines().length >= least);
  return { requestId, done, published, messages, lines, until };
}

function lastOf(lines: string[]) {
  return JSON.parse(lines.at(-1)!) as { type: string; error?: { name: string; message: string } };
}

describe("a request with the key of an answer", () => {
  test("a request with an answer's key gets the other lines in its own conversation, and Bedrock is called once", async () => {
    const gate = await start();
    const key = randomUUID();
    const first = ask(request(key));
    gate.open(2);
    await first.until(1);
    const second = ask(request(key, { fromLine: 2 }));
    gate.open();
    await Promise.all([first.done, second.done]);
    expect(first.lines()).toHaveLength(total);
    expect(second.lines()).toEqual(first.lines().slice(2));
    expect(second.published().map((each) => each.owner)).toEqual(second.published().map(() => owner));
    expect(second.messages().map(({ requestId, seq }) => [requestId, seq])).toEqual(
      second.messages().map((_, seq) => [second.requestId, seq]),
    );
    expect(service.records.map(({ record, recording }) => [record, recording]).toSorted()).toEqual([
      ["request", "complete"],
      ["resume", undefined],
    ]);
    expect(service.bedrock.statistics.requests).toBe(1);
    expect(service.faults).toEqual([]);
  });

  test.each([
    ["from another caller", request, "sub:another"],
    ["with another prompt", (key: string) => request(key, { prompt: "y" }), owner],
  ])("a request with the key of an answer, but %s, gets only an error", async (_, body, by) => {
    const gate = await start();
    gate.open();
    const key = randomUUID();
    await ask(request(key)).done;
    const second = ask(body(key), by);
    await second.done;
    expect(second.messages()).toEqual([expect.objectContaining({ status: 409, seq: 0 })]);
    expect(lastOf(second.lines()).error?.name).toBe("IdempotentParameterMismatch");
  });

  test("a request whose key is too short gets an error", async () => {
    await start();
    const { done, lines, messages } = ask(request("short"));
    await done;
    expect(messages()).toEqual([expect.objectContaining({ status: 400 })]);
    expect(lastOf(lines()).error?.message).toMatch(/"idempotencyKey" must have 16 to 128/);
  });
});

describe("the action cancel", () => {
  test("a request to cancel ends the answer and the call to Bedrock, and publishes its result to its own conversation", async () => {
    const gate = await start();
    const key = randomUUID();
    const first = ask(request(key));
    gate.open(2);
    await first.until(1);
    const second = ask(cancel(key));
    await Promise.all([first.done, second.done]);
    await waitFor("the end of all calls to Bedrock", service.bedrock.idle());
    const { requestId } = second;
    const run = expect.any(String) as unknown;
    expect(second.messages()).toEqual([
      { requestId, run, seq: 0, action: "cancel", lines: [{ cancelled: true }] },
    ]);
    expect(lastOf(first.lines())).toMatchObject({ type: "error", error: { name: "Cancelled" } });
    expect(service.bedrock.statistics).toMatchObject({ requests: 1, aborted: 1 });
    expect(service.records.map(({ record, outcome }) => [record, outcome]).toSorted()).toEqual([
      ["cancel", "end"],
      ["request", "Cancelled"],
    ]);
  });

  test("a request to cancel does not find another caller's answer, which goes on", async () => {
    const gate = await start();
    const key = randomUUID();
    const first = ask(request(key));
    gate.open(2);
    await first.until(1);
    const second = ask(cancel(key), "sub:another");
    await second.done;
    expect(second.messages()).toEqual([expect.objectContaining({ action: "cancel", status: 404 })]);
    gate.open();
    await first.done;
    expect(lastOf(first.lines()).type).toBe("end");
  });

  test("a request to cancel with the API key publishes a message whose text fields are empty", async () => {
    const gate = await start(true);
    gate.open();
    const key = randomUUID();
    await ask(request(key), "key").done;
    const second = ask(cancel(key), "key");
    await second.done;
    expect(second.published()).toEqual([
      expect.objectContaining({ requestId: second.requestId, seq: 0, data: "", chunk: "", errorName: null }),
    ]);
    expect(second.lines()).toEqual([`{"cancelled":false}`]);
    expect(service.faults).toEqual([]);
  });
});
