// Tests the action cancel on WebSocket connections, for a service that keeps answers.
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { question, startKeyedService, type KeyedService } from "../support/push/keyed-service.ts";
import { callerArn, messageEvent, type WebSocketService } from "../support/servers/websocket-service.ts";

let service: WebSocketService;
let on: KeyedService;
beforeEach(async () => {
  on = await startKeyedService();
  ({ service } = on);
});
afterEach(() => service.close());

describe("the action cancel", () => {
  const cancel = (idempotencyKey: string, more: object = {}) =>
    JSON.stringify({ action: "cancel", idempotencyKey, ...more });

  test("a request to cancel on another connection ends the answer and the call to Bedrock, and its reply says so", async () => {
    const shared = randomUUID();
    await service.send(question(shared), "first");
    on.gate.open(2);
    await on.lines("first", 1);
    await service.send(cancel(shared, { id: "stop" }), "second");
    await on.records(2);
    await waitFor("the end of all calls to Bedrock", service.bedrock.idle());
    const [{ message } = { message: undefined }] = on.postsTo("second");
    expect(message).toEqual({
      requestId: expect.any(String),
      run: expect.any(String),
      seq: 0,
      id: "stop",
      action: "cancel",
      lines: [{ cancelled: true }],
    });
    expect(JSON.parse(on.linesTo("first").at(-1)!)).toMatchObject({
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

  test("a request to cancel gives the status 499 to an answer that has not begun", async () => {
    const shared = randomUUID();
    await service.send(question(shared), "first");
    await waitFor(
      "the call to Bedrock",
      service.bedrock.until(({ active }) => active === 1),
    );
    await service.table!.until("the read of the answer's claim", ({ operation }) => operation === "GetItem");
    await service.send(cancel(shared), "second");
    await on.records(2);
    expect(on.errorTo("first")).toMatchObject({ name: "Cancelled", status: 499 });
  });

  test("a request to cancel changes nothing if the answer has already ended", async () => {
    on.gate.open();
    const shared = randomUUID();
    await service.send(question(shared), "first");
    await on.records(1);
    await service.send(cancel(shared, { id: 2 }), "second");
    await on.records(2);
    expect(on.postsTo("second")[0]!.message).toMatchObject({ id: 2, lines: [{ cancelled: false }] });
    await service.send(question(shared, { fromLine: 1 }), "third");
    await on.records(3);
    expect(on.linesTo("third")).toEqual(on.linesTo("first").slice(1));
  });

  test("a request to cancel another caller's answer is refused as if there were no such key", async () => {
    const shared = randomUUID();
    await service.send(question(shared), "first");
    on.gate.open(2);
    await on.lines("first", 1);
    const event = messageEvent(cancel(shared, { id: 3 }), "second");
    event.requestContext.identity.userArn = "arn:aws:iam::123456789012:user/other";
    await service.invoke(event);
    await service.send(cancel(randomUUID(), { id: 3 }), "third");
    const [foreign, unknown] = [on.errorTo("second"), on.errorTo("third")];
    expect(foreign).toMatchObject({ name: "AnswerNotFound", status: 404, id: 3, action: "cancel" });
    expect(unknown.message).toBe(foreign.message);
    on.gate.open();
    await on.records(3);
    expect(JSON.parse(on.linesTo("first").at(-1)!)).toMatchObject({ type: "end" });
  });

  test.each([
    ["without a key", { action: "cancel" }, /"action" needs "idempotencyKey"/],
    ["with a prompt", { action: "cancel", prompt: "x", idempotencyKey: "k".repeat(16) }, /leave the/],
  ])(
    "a request to cancel %s is refused, and the reply has the id and the action",
    async (_, members, words) => {
      await service.send(JSON.stringify({ ...members, id: 4 }), "first");
      await on.records(1);
      expect(on.errorTo("first")).toMatchObject({
        name: "InvalidRequest",
        status: 400,
        id: 4,
        action: "cancel",
      });
      expect(on.errorTo("first").message).toMatch(words);
    },
  );
});
