// The WebSocket function from end to end: a question on a connection, its messages, its record.
import { afterEach, describe, expect, test } from "vitest";
import {
  callerArn,
  connectionId,
  messageEvent,
  startWebSocketService,
  type WebSocketService,
} from "../support/servers/websocket-service.ts";

let service: WebSocketService;
afterEach(() => service.close());

describe("a question", () => {
  test("is answered in messages with the lines of the URL, and its id in each", async () => {
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
});

describe("a connection", () => {
  test("is logged with the ARN of its caller", async () => {
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
