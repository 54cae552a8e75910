// Tests the WebSocket function from end to end: a question on a connection, the messages of its answer, and its log record.
import { afterEach, describe, expect, test } from "vitest";
import {
  callerArn,
  connectionId,
  messageEvent,
  startWebSocketService,
  type WebSocketService,
} from "../support/servers/websocket-service.ts";
import { linesOf } from "../support/push/pushed-lines.ts";

let service: WebSocketService;
afterEach(() => service.close());

describe("a question", () => {
  test("a question is answered in messages that have the Function URL's lines and the question's id", async () => {
    service = await startWebSocketService();
    const returned = await service.send(`{"prompt":"A story about rain","id":"q 1"}`);
    expect(returned).toEqual({ statusCode: 200 });
    await service.until("the record", () => service.records.length === 1);
    const lines = service.lines();
    expect(lines.map(({ type }) => type).slice(0, 3)).toEqual(["start", "messageStart", "contentBlockDelta"]);
    expect(lines.at(-1)).toMatchObject({ type: "end", stopReason: "end_turn" });
    const { requestId, run } = service.posts[0]!.message;
    for (const [seq, { connectionId: to, message }] of service.posts.entries()) {
      expect(to).toBe(connectionId);
      expect(message).toMatchObject({ requestId, run, seq, id: "q 1" });
    }
    expect(service.records).toEqual([
      expect.objectContaining({
        record: "request",
        operation: "WebSocket",
        requestId,
        connectionId,
        callerArn,
        model: "story",
        status: 200,
        outcome: "end",
      }),
    ]);
    expect(service.jobs).toHaveLength(1);
    expect(service.faults).toEqual([]);
    expect(service.bedrock.statistics).toMatchObject({ requests: 1, completed: 1, aborted: 0 });
  });

  test("two questions in a row are answered over the same connection to API Gateway", async () => {
    service = await startWebSocketService({ bedrock: { deltasPerSecond: 500 } });
    for (const count of [1, 2]) {
      await service.send(`{"prompt":"A story about rain"}`);
      await service.until("the record", () => service.records.length === count);
    }
    expect(service.attempts()).toBeGreaterThan(4);
    expect(service.connections()).toBe(1);
  });

  test("a question is answered with signed posts even if an API key is set for Bedrock", async () => {
    service = await startWebSocketService({ variables: { AWS_BEARER_TOKEN_BEDROCK: "key" } });
    await service.send(`{"storyType":"CATS"}`);
    await service.until("the record", () => service.records.length === 1);
    expect(service.records[0]).toMatchObject({ outcome: "end" });
    expect(service.faults).toEqual([]);
  });

  test("each of several questions at the same time gets its own messages, with the question's id", async () => {
    service = await startWebSocketService({ bedrock: { deltasPerSecond: 500 } });
    const ids = [1, "1", "two", 3];
    await Promise.all(ids.map((id) => service.send(JSON.stringify({ id, prompt: `A story about ${id}s` }))));
    await service.until("the records", () => service.records.length === ids.length);
    const { posts } = service;
    for (const id of ids) {
      const own = posts.filter(({ message }) => message.id === id);
      expect(own.map(({ message }) => message.seq)).toEqual(own.map((_, index) => index));
      expect(new Set(own.map(({ message }) => message.requestId)).size).toBe(1);
      const text = linesOf(own.map(({ text }) => text))
        .map((line) => (JSON.parse(line) as { delta?: { text: string } }).delta?.text ?? "")
        .join("");
      expect(text).toContain(`the one about ${id}s.`);
    }
    // All answers began before any of them ended.
    const isFirst = posts.map(({ message }) => message.seq === 0);
    const isLast = posts.map(({ text }) => text.includes(`"type":"end"`));
    expect(isFirst.lastIndexOf(true)).toBeLessThan(isLast.indexOf(true));
  });
});

describe("a connection", () => {
  test("a connection is logged with the ARN of its caller", async () => {
    service = await startWebSocketService();
    const event = messageEvent("");
    event.requestContext.routeKey = "$connect";
    expect(await service.invoke(event)).toEqual({ statusCode: 200 });
    expect(service.records).toEqual([
      expect.objectContaining({ record: "connection", operation: "WebSocket", connectionId, callerArn }),
    ]);
    expect(service.posts).toEqual([]);
  });
});
