// Tests real-time connections to the local AppSync: subscriptions, who gets which messages, and the end of connections.
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { waitFor } from "../../support/deadline.ts";
import { openRealTime, post, startMessage, type Api } from "../../support/callers/appsync-caller.ts";
import { bob, ida, idaArn, key, role, startApi } from "../../support/servers/local-appsync.ts";

const id = "conversation-0001";
const onMessage = {
  query: "subscription On($id: ID!) { onMessage(conversationId: $id) { conversationId message } }",
  variables: { id },
};
const selection = "conversationId owner message chatId data chunk seq stopReason errorName errorMessage";

/** Publishes a message with the function's role. */
async function publish(api: Api, input: Record<string, unknown>, select = selection): Promise<void> {
  const query = `mutation Publish($input: PublishInput!) { publish(input: $input) { ${select} } }`;
  const { body } = await post(api, role, {
    query,
    variables: { input: { conversationId: id, owner: `iam:${idaArn}`, message: "one", ...input } },
  });
  expect(body.errors).toBeUndefined();
}

describe("a connection", () => {
  test.each([
    ["with the API key as a subprotocol", key, {}],
    ["with a signature as a subprotocol", ida, {}],
    ["with temporary credentials", bob, {}],
    ["with the API key in the query", key, { isInQuery: true }],
    ["with a signature in the query", ida, { isInQuery: true }],
    ["at the address that custom domains have", ida, { path: "/graphql/realtime" }],
  ])("a connection %s is acknowledged", async (_, caller, options) => {
    const api = await startApi();
    const { next, webSocket } = await openRealTime(api, caller, options);
    expect(webSocket.protocol).toBe("graphql-ws");
    expect(await next()).toEqual({ type: "connection_ack", payload: { connectionTimeoutMs: 300_000 } });
    expect(api.reports).toMatchObject([{ event: "opened" }]);
  });

  test.each([
    ["a wrong key", { apiKey: "da2-other" }, 401, "UnauthorizedException"],
    ["a wrong secret", { ...ida, secretAccessKey: "x" }, 403, "InvalidSignatureException"],
    ["an unknown access key", { ...ida, accessKeyId: "AKIDOTHER" }, 403, "UnrecognizedClientException"],
  ])("a connection with %s gets the reason, and is closed", async (_, caller, errorCode, errorType) => {
    const api = await startApi();
    const { next, closed, start } = await openRealTime(api, caller);
    expect(await next()).toEqual({
      type: "connection_error",
      payload: { errors: [{ errorType, message: expect.any(String), errorCode }] },
    });
    void start("1", onMessage).catch(() => undefined);
    expect(await waitFor("the end of the connection", closed)).toBe(1008);
    expect(api.reports).toEqual([{ event: "refused", status: errorCode, errorType }]);
  });

  test("a connection without authorization is closed, even if the client sends nothing", async () => {
    const api = await startApi();
    const webSocket = new WebSocket(api.realTimeUrl, "graphql-ws");
    expect((await waitFor("the end of the connection", once(webSocket, "close")))[0]).toBe(1008);
  });

  test("a connection at another path, or for another host, is refused in the handshake", async () => {
    const api = await startApi();
    for (const [path, host] of [
      ["/other", "127.0.0.1"],
      ["/graphql", "example.com"],
    ]) {
      const webSocket = new WebSocket(`ws://127.0.0.1:${api.port}${path}`, "graphql-ws", {
        headers: { host },
      });
      const [error] = await waitFor("the refusal", once(webSocket, "error"));
      expect(String(error)).toContain("403");
    }
  });

  test("a connection gets a keep-alive message (ka) again and again", async () => {
    const api = await startApi({ limits: { keepAliveMs: 10 } });
    const { webSocket } = await openRealTime(api, key);
    let count = 0;
    const third = new Promise<void>((resolve) => {
      webSocket.on("message", (data) => {
        if (String(data) === '{"type":"ka"}' && ++count === 3) resolve();
      });
    });
    await waitFor("the third ka", third);
  });

  test("a connection is closed when its maximum duration is over", async () => {
    const { closed } = await openRealTime(await startApi({ limits: { lifeMs: 50 } }), key);
    expect(await waitFor("the end of the connection", closed)).toBe(1001);
  });

  test.each([
    ["a binary frame", Buffer.from("{}"), 1003],
    ["a message of more than 240 KB", "x".repeat(240 * 1024 + 1), 1009],
  ])("a connection is closed after %s", async (_, data, code) => {
    const { webSocket, closed } = await openRealTime(await startApi(), key);
    webSocket.send(data);
    expect(await waitFor("the end of the connection", closed)).toBe(code);
  });

  test.each([
    ["a message that is not JSON", "hello", undefined, "unknown not supported"],
    ["a message of an unknown type", '{"type":"subscribe","id":"1"}', "1", "subscribe not supported"],
    ["a start without an id", '{"type":"start"}', undefined, "Missing id"],
  ])("a connection survives %s, and gets an error", async (_, text, messageId, words) => {
    const { send, next, start } = await openRealTime(await startApi(), ida);
    await next();
    send(text);
    expect(await next()).toEqual({
      type: "error",
      ...(messageId !== undefined && { id: messageId }),
      payload: { errors: [{ errorType: expect.any(String), message: expect.stringContaining(words) }] },
    });
    expect(await start("1", onMessage)).toEqual({ type: "start_ack", id: "1" });
  });
});

describe("a subscription", () => {
  test("a subscription gets the messages of its conversation, in order, with the fields that it has selected", async () => {
    const api = await startApi();
    const { start, next } = await openRealTime(api, ida);
    await next();
    expect(await start("1", onMessage)).toEqual({ type: "start_ack", id: "1" });
    for (const message of ["one", "two\n\u{1F600}", "three"]) await publish(api, { message });
    for (const message of ["one", "two\n\u{1F600}", "three"]) {
      const data = { onMessage: { conversationId: id, message } };
      expect(await next()).toEqual({ type: "data", id: "1", payload: { data } });
    }
  });

  test("a subscription gets no messages of another conversation, another caller or the API key's holders", async () => {
    const api = await startApi();
    const { start, next } = await openRealTime(api, bob);
    await next();
    await start("1", onMessage);
    await publish(api, {});
    await publish(api, { owner: "key" });
    const bobArn = "arn:aws:iam::123456789012:user/ASIATEMPORARY";
    await publish(api, { owner: `iam:${bobArn}`, conversationId: "conversation-0002" });
    await publish(api, { owner: `iam:${bobArn}`, message: "the only one" });
    expect((await next()).payload!.data).toEqual({
      onMessage: { conversationId: id, message: "the only one" },
    });
  });

  test("a subscription to chat or onReceiveChunk gets the text and the ending in the fields of that operation", async () => {
    const api = await startApi();
    const { start, next } = await openRealTime(api, key);
    await next();
    const chat =
      'subscription { chat(chatId: "test") { chatId data seq stopReason errorName errorMessage } }';
    const chunk = `subscription { onReceiveChunk(conversationId: "${id}") { conversationId chunk } }`;
    await start("chat", { query: chat });
    await start("chunk", { query: chunk });
    await publish(api, { owner: "key", conversationId: "test", text: "", seq: 0 });
    await publish(api, { owner: "key", conversationId: "test", text: "a\n", seq: 1, stopReason: "end_turn" });
    await publish(api, { owner: "key", text: "b\t", seq: 0, errorName: "Throttled", errorMessage: "Later" });
    const ending = { stopReason: null, errorName: null, errorMessage: null };
    expect((await next()).payload!.data!["chat"]).toEqual({ chatId: "test", data: "", seq: 0, ...ending });
    expect((await next()).payload!.data!["chat"]).toMatchObject({
      data: "a\n",
      seq: 1,
      stopReason: "end_turn",
    });
    expect(await next()).toMatchObject({
      id: "chunk",
      payload: { data: { onReceiveChunk: { conversationId: id, chunk: "b\t" } } },
    });
  });

  test("a subscription gets only the fields that the publishing mutation has selected", async () => {
    const api = await startApi();
    const { start, next } = await openRealTime(api, ida);
    await next();
    await start("1", { query: `subscription { onMessage(conversationId: "${id}") { owner message } }` });
    await publish(api, {}, "...F } } fragment F on Message { conversationId ... { owner");
    expect((await next()).payload!.data).toEqual({ onMessage: { owner: `iam:${idaArn}`, message: null } });
  });

  test("a subscription gets no message whose mutation did not select the fields in the subscription's filter", async () => {
    const api = await startApi();
    const { start, next } = await openRealTime(api, ida);
    await next();
    await start("1", onMessage);
    await publish(api, { message: "lost" }, "conversationId message");
    await publish(api, { message: "found" });
    expect((await next()).payload!.data).toMatchObject({ onMessage: { message: "found" } });
  });

  test("a subscription belongs to the caller who signed its start, even if another caller opened the connection", async () => {
    const api = await startApi();
    const { start, next } = await openRealTime(api, key);
    await next();
    expect(await start("1", onMessage, ida)).toMatchObject({ type: "start_ack" });
    await publish(api, {});
    expect((await next()).payload!.data).toMatchObject({ onMessage: { message: "one" } });
    expect(await start("2", onMessage, { ...ida, secretAccessKey: "x" })).toMatchObject({
      type: "error",
      id: "2",
      payload: { errors: [{ errorType: "InvalidSignatureException" }] },
    });
  });

  test.each([
    ["a field that the caller may not use", 'subscription { chat(chatId: "test") { data } }', "Unauthorized"],
    ["an unknown field", "subscription { other { data } }", "ValidationError"],
    [
      "an id that is too long",
      `subscription { onMessage(conversationId: "${"x".repeat(65)}") { owner } }`,
      "InvalidRequest",
    ],
    ["a query instead of a subscription", "{ ping }", "UnsupportedOperation"],
    ["text that is not GraphQL", "subscription {", "MalformedHttpRequestException"],
  ])(
    "a subscription with %s is refused, and the next subscription on the connection is accepted",
    async (_, query, errorType) => {
      const api = await startApi();
      const { start, next } = await openRealTime(api, ida);
      await next();
      expect(await start("1", { query })).toMatchObject({
        type: "error",
        id: "1",
        payload: { errors: [{ errorType }] },
      });
      expect(await start("1", onMessage)).toEqual({ type: "start_ack", id: "1" });
    },
  );

  test("a subscription with the API key needs an id that cannot be guessed, unless the field is chat", async () => {
    const api = await startApi();
    const { start, next } = await openRealTime(api, key);
    await next();
    for (const field of ["onMessage", "onReceiveChunk"]) {
      const query = `subscription { ${field}(conversationId: "short") { conversationId } }`;
      expect(await start("1", { query })).toMatchObject({ type: "error" });
    }
    const query = 'subscription { chat(chatId: "short") { data } }';
    expect(await start("1", { query })).toMatchObject({ type: "start_ack" });
  });

  test("a subscription with an id that is in use is refused, and so is one beyond the connection's limit", async () => {
    const api = await startApi({ limits: { subscriptions: 1 } });
    const { start, next } = await openRealTime(api, ida);
    await next();
    await start("1", onMessage);
    expect(await start("1", onMessage)).toMatchObject({
      payload: { errors: [{ errorType: "DuplicatedOperationError" }] },
    });
    expect(await start("2", onMessage)).toMatchObject({
      payload: { errors: [{ errorType: "MaxSubscriptionsReachedError" }] },
    });
  });

  test("a subscription that is stopped gets a message of the type complete, and nothing after it", async () => {
    const api = await startApi();
    const { start, send, next } = await openRealTime(api, ida);
    await next();
    await start("1", onMessage);
    await start("2", onMessage);
    send({ type: "stop", id: "1" });
    expect(await next()).toEqual({ type: "complete", id: "1" });
    await publish(api, {});
    expect(await next()).toMatchObject({ type: "data", id: "2" });
    await publish(api, { message: "two" });
    expect(await next()).toMatchObject({ type: "data", id: "2" });
  });

  test("a subscription that is stopped and restarted before its caller is verified gets each message once", async () => {
    const api = await startApi();
    const { webSocket, send, next } = await openRealTime(api, ida);
    await next();
    const start = await startMessage(api, "1", onMessage, ida);
    for (const message of [start, { type: "stop", id: "1" }, start]) send(message);
    expect(await next()).toEqual({ type: "complete", id: "1" });
    expect(await next()).toEqual({ type: "start_ack", id: "1" });
    for (const message of ["one", "two"]) {
      await publish(api, { message });
      expect((await next()).payload!.data).toMatchObject({ onMessage: { message } });
    }
    webSocket.close();
  });

  test("a subscription ends with its connection, and publishing goes on", async () => {
    const api = await startApi();
    const caller = await openRealTime(api, ida);
    await caller.next();
    await caller.start("1", onMessage);
    caller.webSocket.close();
    await waitFor("the end of the connection", caller.closed);
    await publish(api, {});
    expect(api.reports.at(-1)).toMatchObject({ event: "closed", code: 1005 });
  });

  test("a subscription loses a message that is longer than AppSync's limit", async () => {
    const api = await startApi({ limits: { payloadBytes: 4096 } });
    const { start, next } = await openRealTime(api, ida);
    await next();
    await start("1", onMessage);
    const warned = waitFor("the warning", once(process, "warning"));
    await publish(api, { message: "x".repeat(4096) });
    await publish(api, { message: "short" });
    expect((await next()).payload!.data).toMatchObject({ onMessage: { message: "short" } });
    expect(String((await warned)[0])).toMatch(/Cannot deliver a message: found \d+ bytes/);
  });
});
