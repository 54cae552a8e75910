// Questions with idempotency keys on WebSocket connections: the rest of an answer on another connection, and the action cancel.
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { gatedModel } from "../support/frames/gated-model.ts";
import { linesOf } from "../support/push/pushed-lines.ts";
import {
  callerArn,
  messageEvent,
  startWebSocketService,
  type WebSocketService,
} from "../support/servers/websocket-service.ts";

let service: WebSocketService;
afterEach(() => service.close());

/** The model's words, and start, messageStart, messageStop, metadata and end. */
const words = 6;
const total = words + 5;

/** Starts the function with a model that waits for its gate. */
async function start() {
  const gate = gatedModel(words);
  service = await startWebSocketService({
    answerStore: true,
    bedrock: { models: { "test.gated": gate.model } },
    variables: { DELTAPIPE_MODELS: "gated=test.gated,throttled=local.throttled" },
  });
  return gate;
}

const key = () => randomUUID();
const question = (idempotencyKey: string, more: object = {}) =>
  JSON.stringify({ prompt: "x", idempotencyKey, ...more });

const postsTo = (connection: string) =>
  service.posts.filter(({ connectionId }) => connectionId === connection);
const linesTo = (connection: string) => linesOf(postsTo(connection).map(({ text }) => text));

/** Resolves when the connection has got this many lines. */
function lines(connection: string, count: number): Promise<void> {
  return service.until(`line ${count} of ${connection}`, () => linesTo(connection).length >= count);
}

/** Resolves with the log records when there are this many. */
async function records(count: number) {
  await service.until(`record ${count}`, () => service.records.length >= count);
  expect(service.records).toHaveLength(count);
  expect(service.faults).toEqual([]);
  return service.records;
}

function errorTo(connection: string) {
  const [post, ...more] = postsTo(connection);
  expect(more).toEqual([]);
  const [line] = post!.message.lines as unknown as { error: { name: string; message: string } }[];
  return { ...post!.message, ...line!.error };
}

describe("a question with the key of an answer", () => {
  test("gets the other lines on another connection, byte for byte, in messages with numbers of their own", async () => {
    const gate = await start();
    gate.open();
    const shared = key();
    await service.send(question(shared, { id: 1 }), "first");
    await records(1);
    await service.send(question(shared, { id: "again", fromLine: 3 }), "second");
    const [original, resumed] = await records(2);
    expect(linesTo("first")).toHaveLength(total);
    expect(linesTo("second")).toEqual(linesTo("first").slice(3));
    const { requestId, run } = postsTo("second")[0]!.message;
    expect(requestId).not.toBe(original!.requestId);
    for (const [seq, { message }] of postsTo("second").entries()) {
      expect(message).toMatchObject({ requestId, run, seq, id: "again" });
    }
    expect(original).toMatchObject({ record: "request", outcome: "end", recording: "complete" });
    expect(resumed).toMatchObject({ record: "resume", requestId, outcome: "end", deltas: 0 });
    expect(service.bedrock.statistics).toMatchObject({ requests: 1, completed: 1 });
  });

  test("follows the answer while the model is still writing it", async () => {
    const gate = await start();
    const shared = key();
    await service.send(question(shared), "first");
    gate.open(3);
    await lines("first", 3);
    await service.send(question(shared, { fromLine: 1 }), "second");
    await lines("second", 2);
    gate.open();
    await records(2);
    expect(linesTo("second")).toEqual(linesTo("first").slice(1));
  });

  test("gets the rest if the first caller has left, and the model's answer went on", async () => {
    const gate = await start();
    const shared = key();
    service.onPost((response, _, { connectionId }) => {
      if (connectionId !== "first" || postsTo("first").length === 0) return false;
      response.writeHead(410).end();
      return true;
    });
    await service.send(question(shared), "first");
    gate.open(2);
    await lines("first", 1);
    gate.open();
    expect((await records(1))[0]).toMatchObject({
      outcome: "CallerGone",
      recording: "complete",
      deltas: words,
    });
    expect(service.bedrock.statistics).toMatchObject({ requests: 1, completed: 1, aborted: 0 });
    const had = linesTo("first");
    await service.send(question(shared, { fromLine: had.length }), "second");
    await service.send(question(shared), "third");
    await records(3);
    expect([...had, ...linesTo("second")]).toEqual(linesTo("third"));
    expect(linesTo("third")).toHaveLength(total);
    expect(service.bedrock.statistics.requests).toBe(1);
  });

  test("that Lambda delivers twice is answered twice with the same lines, and Bedrock is called once", async () => {
    const gate = await start();
    await service.send(question(key()), "first");
    gate.open(2);
    await lines("first", 1);
    const again = service.invoke(service.jobs[0], postsTo("first")[0]!.message.requestId);
    await service.until("a post of the second run", () => runs().length === 2);
    gate.open();
    await again;
    await records(2);
    const [one, other] = runs().map((run) => textsOf(run));
    expect(linesOf(one!)).toHaveLength(total);
    expect(linesOf(other!)).toEqual(linesOf(one!));
    expect(service.bedrock.statistics.requests).toBe(1);
  });

  const runs = () => [...new Set(service.posts.map(({ message }) => message.run))];
  const textsOf = (run: string) =>
    service.posts.filter(({ message }) => message.run === run).map(({ text }) => text);

  test.each([
    ["another prompt", { prompt: "y" }, undefined],
    ["another caller", {}, "arn:aws:iam::123456789012:user/other"],
  ])("but %s is refused with 409", async (_, change, userArn) => {
    const gate = await start();
    gate.open();
    const shared = key();
    await service.send(question(shared), "first");
    await records(1);
    const event = messageEvent(question(shared, { fromLine: 1, ...change }), "second");
    if (userArn) event.requestContext.identity.userArn = userArn;
    await service.invoke(event);
    await records(2);
    expect(errorTo("second")).toMatchObject({ name: "IdempotentParameterMismatch", status: 409 });
  });

  test("gets 404 from a later line if there is no such answer, and Bedrock is not called", async () => {
    await start();
    await service.send(question(key(), { fromLine: 1 }), "first");
    await records(1);
    expect(errorTo("first")).toMatchObject({ name: "AnswerNotFound", status: 404 });
    expect(service.bedrock.statistics.requests).toBe(0);
  });

  test("gets a new answer if the first one was an error response", async () => {
    await start();
    const shared = key();
    for (const connection of ["first", "second"]) {
      await service.send(question(shared, { modelId: "throttled" }), connection);
      await records(connection === "first" ? 1 : 2);
      expect(errorTo(connection)).toMatchObject({ name: "ThrottlingException", status: 429 });
    }
    expect(service.records.map(({ record }) => record)).toEqual(["request", "request"]);
  });
});

describe("a key or a line number that cannot be used", () => {
  test.each([
    ["a short key", { idempotencyKey: "short" }, /"idempotencyKey" must have 16 to 128/],
    ["a key with a space", { idempotencyKey: "a b".repeat(10) }, /without spaces/],
    ["a key that is a number", { idempotencyKey: 1e20 }, /"idempotencyKey" must have/],
    ["a negative line number", { idempotencyKey: "k".repeat(16), fromLine: -1 }, /"fromLine" must be/],
    ["a line number without a key", { fromLine: 1 }, /"fromLine" needs "idempotencyKey"/],
  ])(
    "such as %s is refused with the question's id, before a second invocation",
    async (_, members, words) => {
      await start();
      await service.send(JSON.stringify({ id: 7, prompt: "x", ...members }), "first");
      await records(1);
      expect(errorTo("first")).toMatchObject({ id: 7, status: 400, name: "InvalidRequest" });
      expect(errorTo("first").message).toMatch(words);
      expect(service.jobs).toEqual([]);
    },
  );

  test("because nobody knows who the caller is, is refused", async () => {
    await start();
    const event = messageEvent(question(key()), "first");
    event.requestContext.identity.userArn = undefined as never;
    await service.invoke(event);
    await records(1);
    expect(errorTo("first").message).toBe(
      `Cannot accept the request: "idempotencyKey" needs a caller whose identity is known; leave it out`,
    );
  });
});

describe("users of a Cognito identity pool, who share one role session", () => {
  const userArn = "arn:aws:sts::123456789012:assumed-role/App/CognitoIdentityCredentials";

  async function send(text: string, connection: string, identity: object): Promise<void> {
    const event = messageEvent(text, connection);
    Object.assign(event.requestContext.identity, { userArn, ...identity });
    await service.invoke(event);
  }

  test.each([
    ["identity", { cognitoIdentityId: "us-east-1:1" }, { cognitoIdentityId: "us-east-1:2" }],
    ["access key, if AWS does not name the identity", { accessKey: "ASIA1" }, { accessKey: "ASIA2" }],
  ])("are told apart by their %s", async (_, one, other) => {
    const gate = await start();
    gate.open();
    const shared = key();
    await send(question(shared), "first", one);
    await records(1);
    await send(question(shared, { fromLine: 1 }), "second", other);
    await send(question(shared, { fromLine: 1 }), "third", one);
    await records(3);
    expect(errorTo("second").name).toBe("IdempotentParameterMismatch");
    expect(linesTo("third")).toEqual(linesTo("first").slice(1));
  });
});

describe("the action cancel", () => {
  const cancel = (idempotencyKey: string, more: object = {}) =>
    JSON.stringify({ action: "cancel", idempotencyKey, ...more });

  test("ends an answer and Bedrock's call, from another connection, and its reply says so", async () => {
    const gate = await start();
    const shared = key();
    await service.send(question(shared), "first");
    gate.open(2);
    await lines("first", 1);
    await service.send(cancel(shared, { id: "stop" }), "second");
    await records(2);
    await waitFor("the end of all calls to Bedrock", service.bedrock.idle());
    const [{ message } = { message: undefined }] = postsTo("second");
    expect(message).toEqual({
      requestId: expect.any(String),
      run: expect.any(String),
      seq: 0,
      id: "stop",
      action: "cancel",
      lines: [{ cancelled: true }],
    });
    expect(JSON.parse(linesTo("first").at(-1)!)).toMatchObject({
      type: "error",
      error: { name: "Cancelled", retryable: false },
    });
    expect(service.records.find(({ record }) => record === "cancel")).toMatchObject({
      requestId: message!.requestId,
      status: 200,
      outcome: "end",
      callerArn,
    });
    expect(service.records.find(({ record }) => record === "request")).toMatchObject({
      outcome: "Cancelled",
      recording: "complete",
    });
    expect(service.bedrock.statistics).toMatchObject({ requests: 1, aborted: 1 });
    // Only the question was handed over to a second invocation.
    expect(service.jobs).toHaveLength(1);
  });

  test("ends an answer that has not begun with the status 499", async () => {
    await start();
    const shared = key();
    await service.send(question(shared), "first");
    await waitFor(
      "the call to Bedrock",
      service.bedrock.until(({ active }) => active === 1),
    );
    await service.table!.until("the claim", ({ operation }) => operation === "GetItem");
    await service.send(cancel(shared), "second");
    await records(2);
    expect(errorTo("first")).toMatchObject({ name: "Cancelled", status: 499 });
  });

  test("changes nothing if the answer has already ended", async () => {
    const gate = await start();
    gate.open();
    const shared = key();
    await service.send(question(shared), "first");
    await records(1);
    await service.send(cancel(shared, { id: 2 }), "second");
    await records(2);
    expect(postsTo("second")[0]!.message).toMatchObject({ id: 2, lines: [{ cancelled: false }] });
    await service.send(question(shared, { fromLine: 1 }), "third");
    await records(3);
    expect(linesTo("third")).toEqual(linesTo("first").slice(1));
  });

  test("does not find the answer of another caller, as if there were no such key", async () => {
    const gate = await start();
    const shared = key();
    await service.send(question(shared), "first");
    gate.open(2);
    await lines("first", 1);
    const event = messageEvent(cancel(shared, { id: 3 }), "second");
    event.requestContext.identity.userArn = "arn:aws:iam::123456789012:user/other";
    await service.invoke(event);
    await service.send(cancel(key(), { id: 3 }), "third");
    const [foreign, unknown] = [errorTo("second"), errorTo("third")];
    expect(foreign).toMatchObject({ name: "AnswerNotFound", status: 404, id: 3, action: "cancel" });
    expect(unknown.message).toBe(foreign.message);
    gate.open();
    await records(3);
    expect(JSON.parse(linesTo("first").at(-1)!)).toMatchObject({ type: "end" });
  });

  test.each([
    ["without a key", { action: "cancel" }, /"action" needs "idempotencyKey"/],
    [
      "together with a prompt",
      { action: "cancel", prompt: "x", idempotencyKey: "k".repeat(16) },
      /leave the/,
    ],
  ])("is refused %s, in a reply with the id and the action", async (_, members, words) => {
    await start();
    await service.send(JSON.stringify({ ...members, id: 4 }), "first");
    await records(1);
    expect(errorTo("first")).toMatchObject({ name: "InvalidRequest", status: 400, id: 4, action: "cancel" });
    expect(errorTo("first").message).toMatch(words);
  });
});
