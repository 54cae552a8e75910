// Tests messages in both directions, and the limits at which API Gateway ends a connection.
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { waitFor } from "../../support/deadline.ts";
import { closeCode, connect, nextMessage, startApi } from "../../support/servers/local-websocket-api.ts";

/** Responds to messages with `respond`, and accepts every connection. */
function onMessage(respond: (body: string) => unknown) {
  return ({ requestContext, body = "" }: { requestContext: { eventType: string }; body?: string }) =>
    requestContext.eventType === "MESSAGE" ? respond(body) : { statusCode: 200 };
}

describe("a message", () => {
  test("a message reaches the function as the event of the route $default", async () => {
    const api = await startApi();
    const webSocket = await connect(api);
    const { requestContext: connected } = await api.event("CONNECT");
    webSocket.send('{"prompt":"π"}');
    const event = await api.event("MESSAGE");
    expect(event).toMatchObject({
      body: '{"prompt":"π"}',
      isBase64Encoded: false,
      requestContext: {
        routeKey: "$default",
        eventType: "MESSAGE",
        connectionId: connected.connectionId,
        connectedAt: connected.connectedAt,
        messageId: expect.stringMatching(/=$/),
        identity: { userArn: "arn:aws:iam::123456789012:user/AKIDLOCAL" },
      },
    });
    expect(event).not.toHaveProperty("headers");
    expect(event.requestContext.requestId).not.toBe(connected.requestId);
  });

  test("a message reaches the function even if the message before it is still being processed", async () => {
    const api = await startApi(onMessage(() => new Promise(() => undefined)));
    const webSocket = await connect(api);
    for (const body of ["first", "second"]) {
      webSocket.send(body);
      expect(await api.event("MESSAGE")).toMatchObject({ body });
    }
  });

  test.each([
    ["throws", () => Promise.reject(new Error("broken")), "Internal server error"],
    ["responds without a status", () => ({ body: "?" }), "Internal server error"],
    ["takes too long", () => new Promise(() => undefined), "Endpoint request timed out"],
  ])(
    "a message is answered with API Gateway's error message if the function %s",
    async (_, respond, message) => {
      const api = await startApi(onMessage(respond), { limits: { integrationMs: 200 } });
      const webSocket = await connect(api);
      webSocket.send("{}");
      const { connectionId, requestId } = (await api.event("MESSAGE")).requestContext;
      expect(await nextMessage(webSocket)).toBe(
        `{"message": "${message}", "connectionId":"${connectionId}", "requestId":"${requestId}"}`,
      );
      webSocket.close();
      expect(await closeCode(webSocket)).toBe(1005);
    },
  );

  test("a message of 100 kB passes in frames of 30 kB, and a message of 128 kB in frames of 32 kB", async () => {
    const api = await startApi();
    const webSocket = await connect(api);
    for (const [bytes, frame] of [
      [100_000, 30_000],
      [131_072, 32_768],
    ] as const) {
      for (let sent = 0; sent < bytes; sent += frame) {
        const length = Math.min(frame, bytes - sent);
        webSocket.send("x".repeat(length), { fin: sent + length === bytes });
      }
      expect((await api.event("MESSAGE")).body).toHaveLength(bytes);
    }
  });
});

describe("a connection", () => {
  test.each([
    ["a frame of more than 32 kB", 1009, [32_769]],
    ["a message of more than 128 kB", 1009, [32_768, 32_768, 32_768, 32_768, 1]],
  ])(
    "a connection that sends %s is closed with %i, and the function gets no message",
    async (_, code, frames) => {
      const api = await startApi();
      const webSocket = await connect(api);
      frames.forEach((bytes, index) =>
        webSocket.send("x".repeat(bytes), { fin: index === frames.length - 1 }),
      );
      expect(await closeCode(webSocket)).toBe(code);
      await api.event("DISCONNECT");
      expect(api.events.map(({ requestContext }) => requestContext.eventType)).toEqual([
        "CONNECT",
        "DISCONNECT",
      ]);
    },
  );

  test("a connection that sends a binary message is closed with 1003", async () => {
    const webSocket = await connect(await startApi());
    webSocket.send(Buffer.from("{}"));
    expect(await closeCode(webSocket)).toBe(1003);
  });

  test("a connection is closed with 1001 when no message has come in either direction for the idle time", async () => {
    const api = await startApi(undefined, { limits: { idleMs: 300 } });
    const startedAt = performance.now();
    const webSocket = await connect(api);
    expect(await closeCode(webSocket)).toBe(1001);
    expect(performance.now() - startedAt).toBeGreaterThan(290);
    expect((await api.event("DISCONNECT")).requestContext).toMatchObject({ disconnectStatusCode: 1001 });
  });

  test("a connection is closed with 1001 when its maximum duration is over, even if messages come all the time", async () => {
    const api = await startApi(undefined, { limits: { idleMs: 200, lifeMs: 600 } });
    const startedAt = performance.now();
    const webSocket = await connect(api);
    const timer = setInterval(() => webSocket.send("{}"), 20);
    expect(await closeCode(webSocket)).toBe(1001);
    clearInterval(timer);
    expect(performance.now() - startedAt).toBeGreaterThan(590);
  });

  test("a connection answers pings", async () => {
    const webSocket = await connect(await startApi());
    webSocket.ping("are you there");
    const [data] = await waitFor("the pong", once(webSocket, "pong"));
    expect(String(data)).toBe("are you there");
  });

  test("a connection has no compression, even if the client offers it, and no subprotocol", async () => {
    const webSocket = await connect(await startApi(), { perMessageDeflate: true });
    expect([webSocket.extensions, webSocket.protocol]).toEqual(["", ""]);
  });
});
