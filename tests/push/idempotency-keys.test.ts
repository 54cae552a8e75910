// Tests questions with idempotency keys on WebSocket connections: the same caller gets the rest of an answer on another
// connection.
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  question,
  startKeyedService,
  total,
  words,
  type KeyedService,
} from "../support/push/keyed-service.ts";
import { linesOf } from "../support/push/pushed-lines.ts";
import { messageEvent, type WebSocketService } from "../support/servers/websocket-service.ts";

let service: WebSocketService;
let on: KeyedService;
beforeEach(async () => {
  on = await startKeyedService();
  ({ service } = on);
});
afterEach(() => service.close());

describe("a question with the key of an answer", () => {
  test("a question with an answer's key gets the answer's lines from `fromLine`, in messages numbered from 0", async () => {
    on.gate.open();
    const shared = randomUUID();
    await service.send(question(shared, { id: 1 }), "first");
    await on.records(1);
    await service.send(question(shared, { id: "again", fromLine: 3 }), "second");
    const [original, resumed] = await on.records(2);
    expect(on.linesTo("first")).toHaveLength(total);
    expect(on.linesTo("second")).toEqual(on.linesTo("first").slice(3));
    const { requestId, run } = on.postsTo("second")[0]!.message;
    expect(requestId).not.toBe(original!.requestId);
    for (const [seq, { message }] of on.postsTo("second").entries()) {
      expect(message).toMatchObject({ requestId, run, seq, id: "again" });
    }
    expect(original).toMatchObject({ record: "request", outcome: "end", recording: "complete" });
    expect(resumed).toMatchObject({ record: "resume", requestId, outcome: "end", deltas: 0 });
    expect(service.bedrock.statistics).toMatchObject({ requests: 1, completed: 1 });
  });

  test("a question with an answer's key follows the answer while the model is still writing it", async () => {
    const shared = randomUUID();
    await service.send(question(shared), "first");
    on.gate.open(3);
    await on.lines("first", 3);
    await service.send(question(shared, { fromLine: 1 }), "second");
    await on.lines("second", 2);
    on.gate.open();
    await on.records(2);
    expect(on.linesTo("second")).toEqual(on.linesTo("first").slice(1));
  });

  test("a question with an answer's key gets the rest after the first connection has closed, because the model went on", async () => {
    const shared = randomUUID();
    service.onPost((response, _, { connectionId }) => {
      if (connectionId !== "first" || on.postsTo("first").length === 0) return false;
      response.writeHead(410).end();
      return true;
    });
    await service.send(question(shared), "first");
    on.gate.open(2);
    await on.lines("first", 1);
    on.gate.open();
    expect((await on.records(1))[0]).toMatchObject({
      outcome: "CallerGone",
      recording: "complete",
      deltas: words,
    });
    expect(service.bedrock.statistics).toMatchObject({ requests: 1, completed: 1, aborted: 0 });
    const had = on.linesTo("first");
    await service.send(question(shared, { fromLine: had.length }), "second");
    await service.send(question(shared), "third");
    await on.records(3);
    expect([...had, ...on.linesTo("second")]).toEqual(on.linesTo("third"));
    expect(on.linesTo("third")).toHaveLength(total);
    expect(service.bedrock.statistics.requests).toBe(1);
  });

  test("a question that Lambda delivers twice is answered twice with the same lines, and Bedrock is called once", async () => {
    await service.send(question(randomUUID()), "first");
    on.gate.open(2);
    await on.lines("first", 1);
    const again = service.invoke(service.jobs[0], on.postsTo("first")[0]!.message.requestId);
    await service.until("a post of the second run", () => runs().length === 2);
    on.gate.open();
    await again;
    await on.records(2);
    const [one, other] = runs().map((run) => textsOf(run));
    expect(linesOf(one!)).toHaveLength(total);
    expect(linesOf(other!)).toEqual(linesOf(one!));
    expect(service.bedrock.statistics.requests).toBe(1);
  });

  const runs = () => [...new Set(service.posts.map(({ message }) => message.run))];
  const textsOf = (run: string) =>
    service.posts.filter(({ message }) => message.run === run).map(({ text }) => text);

  test.each([
    ["with another prompt", { prompt: "y" }, undefined],
    ["from another caller", {}, "arn:aws:iam::123456789012:user/other"],
  ])("a question with an answer's key, but %s, is refused with 409", async (_, change, userArn) => {
    on.gate.open();
    const shared = randomUUID();
    await service.send(question(shared), "first");
    await on.records(1);
    const event = messageEvent(question(shared, { fromLine: 1, ...change }), "second");
    if (userArn) event.requestContext.identity.userArn = userArn;
    await service.invoke(event);
    await on.records(2);
    expect(on.errorTo("second")).toMatchObject({ name: "IdempotentParameterMismatch", status: 409 });
  });

  test("a question with `fromLine` gets 404 if there is no such answer, and Bedrock is not called", async () => {
    await service.send(question(randomUUID(), { fromLine: 1 }), "first");
    await on.records(1);
    expect(on.errorTo("first")).toMatchObject({ name: "AnswerNotFound", status: 404 });
    expect(service.bedrock.statistics.requests).toBe(0);
  });

  test("a question gets a new answer if the first answer with its key was an error response", async () => {
    const shared = randomUUID();
    for (const connection of ["first", "second"]) {
      await service.send(question(shared, { modelId: "throttled" }), connection);
      await on.records(connection === "first" ? 1 : 2);
      expect(on.errorTo(connection)).toMatchObject({ name: "ThrottlingException", status: 429 });
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
  ])("%s is refused with the question's id, before a second invocation", async (_, members, words) => {
    await service.send(JSON.stringify({ id: 7, prompt: "x", ...members }), "first");
    await on.records(1);
    expect(on.errorTo("first")).toMatchObject({ id: 7, status: 400, name: "InvalidRequest" });
    expect(on.errorTo("first").message).toMatch(words);
    expect(service.jobs).toEqual([]);
  });

  test("a key is refused if the caller's identity is not known", async () => {
    const event = messageEvent(question(randomUUID()), "first");
    event.requestContext.identity.userArn = undefined as never;
    await service.invoke(event);
    await on.records(1);
    expect(on.errorTo("first").message).toBe(
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
  ])("users of a Cognito identity pool are told apart by their %s", async (_, one, other) => {
    on.gate.open();
    const shared = randomUUID();
    await send(question(shared), "first", one);
    await on.records(1);
    await send(question(shared, { fromLine: 1 }), "second", other);
    await send(question(shared, { fromLine: 1 }), "third", one);
    await on.records(3);
    expect(on.errorTo("second").name).toBe("IdempotentParameterMismatch");
    expect(on.linesTo("third")).toEqual(on.linesTo("first").slice(1));
  });
});
