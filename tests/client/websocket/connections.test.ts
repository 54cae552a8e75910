// Tests when the client for WebSockets opens, shares and closes connections.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { createWebSocketClient } from "../../../lib/client/websocket/index.ts";
import { scaled, waitFor } from "../../support/deadline.ts";
import { serve } from "../../support/servers/http-server.ts";
import {
  end,
  start,
  startScriptedWebSocket,
  text,
  type Answerer,
  type Question,
} from "../../support/servers/scripted-websocket.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

function echo({ prompt = "" }: Question, { push }: Answerer): void {
  push({ seq: 0, lines: [start, text(prompt), end] });
}

/** Begins the answer, and completes it only if the prompt is "whole". */
function beginOnly(question: Question, answerer: Answerer): void {
  if (question.prompt === "whole") echo(question, answerer);
  else answerer.push({ seq: 0, lines: [start, text("so far")] });
}

describe("a connection", () => {
  test("a connection is opened for the first question and shared by all others", async () => {
    const { client, sockets } = await startScriptedWebSocket(echo);
    expect(sockets).toHaveLength(0);
    const prompts = ["a", "b", "c", "d"];
    const answers = await Promise.all(prompts.map((prompt) => client.converse({ prompt }).result()));
    expect(answers.map((answer) => answer.text)).toEqual(prompts);
    expect((await client.converse({ prompt: "e" }).result()).text).toBe("e");
    expect(sockets).toHaveLength(1);
  });

  test("a connection that has ended is replaced by another one, whose handshake is signed again", async () => {
    const keys = ["FIRST", "SECOND"];
    const { client, sockets, handshakes } = await startScriptedWebSocket(echo, {
      credentials: async () => ({ accessKeyId: keys.shift() ?? "NONE", secretAccessKey: "local" }),
    });
    await client.converse({ prompt: "a" }).result();
    const closed = once(sockets[0]!, "close");
    sockets[0]!.close(1001);
    await waitFor("the end of the connection", closed);
    expect((await client.converse({ prompt: "b" }).result()).text).toBe("b");
    const signers = handshakes.map((query) => query.get("X-Amz-Credential")?.split("/"));
    expect(signers.map((parts) => [parts?.[0], parts?.[3]])).toEqual([
      ["FIRST", "execute-api"],
      ["SECOND", "execute-api"],
    ]);
  });

  test.each<
    [
      how: string,
      stop: (client: Awaited<ReturnType<typeof startScriptedWebSocket>>["client"]) => Promise<unknown>,
    ]
  >([
    [
      "exits its loop",
      async (client) => {
        for await (const _ of client.converse({ prompt: "x" })) break;
      },
    ],
    [
      "aborts its signal",
      async (client) => {
        const stopping = new AbortController();
        const answer = client.converse({ prompt: "x" }, { signal: stopping.signal });
        for await (const _ of answer.textStream()) stopping.abort();
      },
    ],
    [
      "closes the client",
      async (client) => {
        await client.converse({ prompt: "x" }).textStream().next();
        client.close();
      },
    ],
  ])("a connection is closed when the caller %s during the only answer", async (_, stop) => {
    const { client, sockets } = await startScriptedWebSocket(beginOnly);
    await stop(client).catch((error: Error) => expect(error.name).toBe("AbortError"));
    if (sockets[0]!.readyState !== sockets[0]!.CLOSED) await waitFor("its end", once(sockets[0]!, "close"));
  });

  test("a connection with an aborted answer serves no new question, and is closed after its other answers", async () => {
    const { client, sockets } = await startScriptedWebSocket((question, answerer) => {
      if (question.prompt !== "later") return beginOnly(question, answerer);
      answerer.push({ seq: 0, lines: [start] });
      answerer.webSocket.once("pong", () => answerer.push({ seq: 1, lines: [text("later"), end] }));
    });
    const later = client.converse({ prompt: "later" });
    const aborted = client.converse({ prompt: "x" });
    for await (const _ of aborted) break;
    expect((await client.converse({ prompt: "whole" }).result()).text).toBe("whole");
    expect(sockets.map(({ readyState }) => readyState)).toEqual([1, 1]);
    const closed = once(sockets[0]!, "close");
    sockets[0]!.ping();
    expect((await later.result()).text).toBe("later");
    await waitFor("the end of the first connection", closed);
    expect(sockets[1]!.readyState).toBe(1);
  });

  test("a connection stays open if the aborted answer has a key, because that answer goes on without a connection", async () => {
    const { client, sockets, questions } = await startScriptedWebSocket(beginOnly);
    const keyed = { prompt: "x", idempotencyKey: crypto.randomUUID() };
    for await (const _ of client.converse(keyed)) break;
    expect((await client.converse({ prompt: "whole" }).result()).text).toBe("whole");
    expect(questions[0]).toMatchObject(keyed);
    expect(sockets.map(({ readyState }) => readyState)).toEqual([1]);
  });

  test("a connection is replaced for the next question if an answer with a key falls silent", async () => {
    const { client, sockets } = await startScriptedWebSocket(beginOnly, { idleTimeout: 50 });
    const keyed = { prompt: "x", idempotencyKey: crypto.randomUUID() };
    await expect(client.converse(keyed).result()).rejects.toThrow(/silent for longer than idleTimeout/);
    expect((await client.converse({ prompt: "whole" }, { idleTimeout: 60_000 }).result()).text).toBe("whole");
    expect(sockets).toHaveLength(2);
  });

  test("a connection that closes because an answer was aborted takes no new question", async () => {
    const { client } = await startScriptedWebSocket(beginOnly);
    // The client takes several asynchronous steps between choosing a connection and sending the question. Each round of this loop
    // closes the connection before a different step.
    for (let steps = 0; steps < 25; steps++) {
      const aborted = client.converse({ prompt: "x" }).textStream();
      await aborted.next();
      const answer = client.converse({ prompt: "whole" }).result();
      for (let step = 0; step < steps; step++) await undefined;
      void aborted.return?.(undefined);
      expect((await answer).text).toBe("whole");
    }
  });

  test("a connection is closed when its first question was aborted before the question was sent", async () => {
    const stopping = new AbortController();
    const { client, sockets, questions } = await startScriptedWebSocket(echo, {
      keepOpen: 100,
      credentials: async () => (stopping.abort(), credentials),
    });
    const aborted = client.converse({ prompt: "x" }, { signal: stopping.signal }).result();
    await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
    await expect.poll(() => sockets.map(({ readyState }) => readyState), { timeout: 60_000 }).toEqual([3]);
    expect(questions).toEqual([]);
  });

  test("a connection is closed after keepOpen without a question, but not during an answer", async () => {
    let finish = (): void => undefined;
    const { client, sockets } = await startScriptedWebSocket(
      (_, { push }) => {
        push({ seq: 0, lines: [start] });
        finish = () => push({ seq: 1, lines: [end] });
      },
      { keepOpen: 100 },
    );
    const answer = client.converse({ prompt: "x" });
    const events = answer[Symbol.asyncIterator]();
    await events.next();
    await new Promise((resolve) => sockets[0]!.once("pong", resolve).ping());
    expect(sockets[0]!.readyState).toBe(1);
    const closed = once(sockets[0]!, "close");
    finish();
    expect((await events.next()).value).toMatchObject({ type: "end" });
    await waitFor("the end of the connection", closed);
  });
});

describe("the network connection", () => {
  test("the network connection ends after close() even if the service never answers, so that the process can end", async () => {
    const { url, sockets } = await startTcpServer((socket) =>
      socket.once("data", (request) => socket.write(acceptHandshake(String(request)))),
    );
    const client = createWebSocketClient({
      url,
      region: "us-east-1",
      credentials,
      retry: 0,
      firstByteTimeout: scaled(200),
    });
    await expect(client.converse({ prompt: "x" }).result()).rejects.toMatchObject({ name: "StreamCutError" });
    client.close();
    if (!sockets[0]!.closed) await waitFor("the end of the connection", once(sockets[0]!, "close"));
  });
});

describe("a client", () => {
  test("a closed client rejects questions and ends the current answers, even if the service does not react", async () => {
    const { client, sockets } = await startScriptedWebSocket(beginOnly);
    const texts = client.converse({ prompt: "x" }).textStream();
    expect((await texts.next()).value).toBe("so far");
    sockets[0]!.pause();
    client.close();
    await expect(texts.next()).rejects.toMatchObject({
      name: "StreamCutError",
      message: expect.stringMatching(/this client has closed the connection/),
    });
    await expect(client.converse({ prompt: "y" }).result()).rejects.toMatchObject({
      name: "ConfigurationError",
      message: expect.stringMatching(/this client is closed/),
    });
  });

  test.each([
    ["a ws URL of another machine", { url: "ws://example.com/v1" }, /must be this machine/],
    ["a URL with another protocol", { url: "ftp://example.com/v1" }, /begins with "ftp:"/],
    ["a host without a Region", { region: undefined }, /Cannot find the region/],
    ["keepOpen 0", { keepOpen: 0 }, /keepOpen: it is 0/],
    ["retry -1", { retry: -1 }, /retry/],
    ["an empty access key", { credentials: { ...credentials, accessKeyId: "" } }, /accessKeyId/],
  ])("a client with %s cannot be created", (_, options, message) => {
    const usual = { url: "wss://ws.example.com/v1", region: "us-east-1", credentials };
    const make = (more: object) => createWebSocketClient({ ...usual, ...more });
    expect(() => make({})).not.toThrow();
    expect(() => make(options)).toThrow(message);
  });

  test("a client finds the Region in the host of an API", () => {
    const url = "wss://abc123.execute-api.eu-west-1.amazonaws.com/v1";
    expect(() => createWebSocketClient({ url, credentials })).not.toThrow();
  });
});

describe("a handshake", () => {
  test.each([
    [
      403,
      { "x-amzn-errortype": "InvalidSignatureException" },
      { name: "AuthorizationError", code: "InvalidSignatureException", status: 403 },
    ],
    [429, {}, { name: "RetryLaterError", status: 429 }],
    [502, {}, { name: "RetryLaterError", status: 502 }],
    [200, {}, { name: "ConfigurationError", status: 200 }],
    [404, {}, { name: "ConfigurationError", status: 404 }],
  ])(
    "a handshake that is answered with %i fails with the error for this status",
    async (status, headers, expected) => {
      const server = await serve((_, response) => response.writeHead(status, headers).end("{}"));
      onTestFinished(() => server.close());
      const url = `${server.url.replace("http", "ws")}v1`;
      const client = createWebSocketClient({ url, region: "us-east-1", credentials, retry: 0 });
      const failed = client.converse({ prompt: "x" }).result();
      await expect(failed).rejects.toMatchObject(expected);
      await expect(failed).rejects.not.toThrow(/Signature=|Credential=/);
    },
  );

  test("a handshake fails with the reason if no server listens, and is repeated as often as retry allows", async () => {
    const server = await serve(() => undefined);
    const url = `${server.url.replace("http", "ws")}v1`;
    await server.close();
    let asked = 0;
    const client = createWebSocketClient({
      url,
      region: "us-east-1",
      credentials: async () => (asked++, credentials),
      retry: { limit: 2, baseDelay: 1 },
    });
    await expect(client.converse({ prompt: "x" }).result()).rejects.toMatchObject({
      name: "RetryLaterError",
      code: "ECONNREFUSED",
    });
    expect(asked).toBe(3);
  });

  test("a handshake without a response fails after firstByteTimeout, and its connection is closed", async () => {
    const { url, sockets } = await startTcpServer(() => undefined);
    const firstByteTimeout = scaled(200);
    const client = createWebSocketClient({
      url,
      region: "us-east-1",
      credentials,
      retry: 0,
      firstByteTimeout,
    });
    await expect(waitFor("the error", client.converse({ prompt: "x" }).result())).rejects.toMatchObject({
      name: "RetryLaterError",
      message: expect.stringMatching(/no response within \d+ ms/),
    });
    if (!sockets[0]!.closed) await waitFor("the end of the connection", once(sockets[0]!, "close"));
  });

  test("a handshake that is cut can be repeated, because no question was sent", async () => {
    const { url } = await startTcpServer((socket) => socket.once("data", () => socket.destroy()));
    const client = createWebSocketClient({ url, region: "us-east-1", credentials, retry: 0 });
    await expect(client.converse({ prompt: "x" }).result()).rejects.toMatchObject({
      name: "RetryLaterError",
      message: expect.stringMatching(/the connection was lost/),
    });
  });

  test("a handshake ends when the client is closed", async () => {
    let client: ReturnType<typeof createWebSocketClient> | undefined;
    const { url, sockets } = await startTcpServer((socket) => socket.once("data", () => client?.close()));
    client = createWebSocketClient({ url, region: "us-east-1", credentials, retry: 0 });
    await expect(waitFor("the error", client.converse({ prompt: "x" }).result())).rejects.toMatchObject({
      name: "ConfigurationError",
      message: expect.stringMatching(/this client is closed/),
    });
    if (!sockets[0]!.closed) await waitFor("the end of the connection", once(sockets[0]!, "close"));
  });

  test("a handshake without credentials fails with the provider's reason", async () => {
    const { client, sockets } = await startScriptedWebSocket(echo, {
      credentials: () => Promise.reject(new Error("no profile")),
    });
    await expect(client.converse({ prompt: "x" }).result()).rejects.toMatchObject({
      name: "AuthorizationError",
      message: expect.stringMatching(/no profile/),
    });
    expect(sockets).toHaveLength(0);
  });
});

/** https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2 */
function acceptHandshake(request: string): string {
  const [, key] = /^sec-websocket-key: (\S+)/im.exec(request) ?? [];
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

/** A TCP server for tests that write the HTTP response themselves, or send no response. */
async function startTcpServer(onConnection: (socket: Socket) => unknown) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined).resume();
    onConnection(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, sockets };
}
