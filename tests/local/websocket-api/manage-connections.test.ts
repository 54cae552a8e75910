// Tests API Gateway's @connections commands with AWS's own client, and the requests to @connections that are refused.
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { describe, expect, onTestFinished, test } from "vitest";
import type { WebSocket } from "ws";
import { sendUnsigned } from "../../support/callers/unsigned-request.ts";
import {
  closeCode,
  connect,
  nextMessage,
  roleKey,
  startApi,
  type TestWebSocketApi,
} from "../../support/servers/local-websocket-api.ts";
import type { WebSocketApiOptions } from "../../../lib/local/websocket-api/websocket-api-options.ts";

interface Connected {
  api: TestWebSocketApi;
  webSocket: WebSocket;
  id: string;
}

function clientOf(
  api: { managementUrl: string },
  credentials = roleKey as { accessKeyId: string; secretAccessKey: string },
) {
  const client = new ApiGatewayManagementApiClient({
    endpoint: api.managementUrl,
    region: "us-east-1",
    credentials,
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

async function connected(options: Partial<WebSocketApiOptions> = {}): Promise<Connected> {
  const api = await startApi(undefined, options);
  const webSocket = await connect(api);
  const { connectionId } = (await api.event("CONNECT")).requestContext;
  return { api, webSocket, id: connectionId };
}

const post = (id: string, data: string) =>
  new PostToConnectionCommand({ ConnectionId: id, Data: Buffer.from(data) });

describe("AWS's client", () => {
  test("AWS's client sends messages to a connection, in order", async () => {
    const { api, webSocket, id } = await connected();
    const client = clientOf(api);
    const received: string[] = [];
    webSocket.on("message", (data) => received.push(String(data)));
    const sent = Array.from({ length: 20 }, (_, index) => `{"seq":${index},"text":"π\\u2028"}`);
    for (const message of sent) await client.send(post(id, message));
    webSocket.close();
    await closeCode(webSocket);
    expect(received).toEqual(sent);
  });

  test("AWS's client gets the description of a connection", async () => {
    const { api, id } = await connected();
    const { ConnectedAt, LastActiveAt, Identity } = await clientOf(api).send(
      new GetConnectionCommand({ ConnectionId: id }),
    );
    expect(Identity).toMatchObject({ SourceIp: "127.0.0.1" });
    expect(ConnectedAt!.getTime()).toBeLessThanOrEqual(LastActiveAt!.getTime());
    expect(Math.abs(Date.now() - ConnectedAt!.getTime())).toBeLessThan(60_000);
  });

  test("AWS's client closes a connection with the code 1000", async () => {
    const { api, webSocket, id } = await connected();
    const closed = closeCode(webSocket);
    await clientOf(api).send(new DeleteConnectionCommand({ ConnectionId: id }));
    expect(await closed).toBe(1000);
  });

  test("AWS's client closes a connection with the code 1000 even if the caller's WebSocket does not respond", async () => {
    const { api, webSocket, id } = await connected();
    webSocket.pause();
    await clientOf(api).send(new DeleteConnectionCommand({ ConnectionId: id }));
    webSocket.terminate();
    const { requestContext } = await api.event("DISCONNECT");
    expect(requestContext).toMatchObject({ connectionId: id, disconnectStatusCode: 1000 });
  });

  test.each([GetConnectionCommand, DeleteConnectionCommand, PostToConnectionCommand])(
    "AWS's client gets GoneException for a connection that is closed or never existed: %o",
    async (Command) => {
      const { api, webSocket, id } = await connected();
      webSocket.terminate();
      await api.event("DISCONNECT");
      for (const ConnectionId of [id, "L0SM9cOFvHcCIhw="]) {
        const failed = clientOf(api).send(new Command({ ConnectionId, Data: Buffer.from("x") }) as never);
        await expect(failed).rejects.toMatchObject({
          name: "GoneException",
          $metadata: { httpStatusCode: 410 },
        });
      }
    },
  );

  test("AWS's client gets GoneException while the connection is not yet open", async () => {
    const failures: unknown[] = [];
    const api = await startApi(async ({ requestContext: { connectionId, eventType } }) => {
      if (eventType === "CONNECT") {
        await clientOf(api)
          .send(post(connectionId, "too early"))
          .catch((error: unknown) => failures.push(error));
      }
      return { statusCode: 200 };
    });
    await connect(api);
    expect(failures).toMatchObject([{ name: "GoneException" }]);
  });

  test("AWS's client gets PayloadTooLargeException for more than 128 kB", async () => {
    const { api, webSocket, id } = await connected();
    const client = clientOf(api);
    const failed = client.send(post(id, "x".repeat(131_073)));
    await expect(failed).rejects.toMatchObject({ name: "PayloadTooLargeException" });
    const arrived = nextMessage(webSocket);
    await client.send(post(id, "x".repeat(131_072)));
    expect(await arrived).toHaveLength(131_072);
  });

  test("AWS's client gets LimitExceededException only while the caller's WebSocket does not read", async () => {
    const { api, webSocket, id } = await connected({ limits: { bufferBytes: 100_000 } });
    const client = clientOf(api);
    webSocket.pause();
    let sent = 0;
    async function fill(): Promise<never> {
      for (;;) {
        await client.send(post(id, `${sent}`.padEnd(120_000)));
        sent++;
      }
    }
    await expect(fill()).rejects.toMatchObject({
      name: "LimitExceededException",
      $metadata: { httpStatusCode: 429 },
    });
    expect(sent).toBeGreaterThan(0);
    const received: string[] = [];
    const all = new Promise<void>((resolve) => {
      webSocket.on("message", (data) => {
        received.push(String(data).trim());
        if (received.length === sent) resolve();
      });
    });
    webSocket.resume();
    await all;
    expect(received).toEqual(Array.from({ length: sent }, (_, index) => String(index)));
    const next = nextMessage(webSocket);
    await client.send(post(id, "again"));
    expect(await next).toBe("again");
  });

  test.each([
    ["a wrong secret", { ...roleKey, secretAccessKey: "guessed" }, "InvalidSignatureException"],
    ["a wrong session token", { ...roleKey, sessionToken: "old" }, "UnrecognizedClientException"],
    [
      "a caller's key",
      { accessKeyId: "AKIDLOCAL", secretAccessKey: "local-secret" },
      "AccessDeniedException",
    ],
  ])("AWS's client with %s is refused, and the connection gets nothing", async (_, credentials, name) => {
    const { api, webSocket, id } = await connected();
    const received: string[] = [];
    webSocket.on("message", (data) => received.push(String(data)));
    for (const command of [post(id, "forged"), new DeleteConnectionCommand({ ConnectionId: id })]) {
      const failed = clientOf(api, credentials).send(command as never);
      await expect(failed).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
    }
    await clientOf(api).send(post(id, "genuine"));
    webSocket.close();
    await closeCode(webSocket);
    expect(received).toEqual(["genuine"]);
  });

  test("AWS's client with another stage in the endpoint gets ForbiddenException", async () => {
    const { api, id } = await connected();
    const elsewhere = { managementUrl: api.managementUrl.replace("v1", "prod") };
    await expect(clientOf(elsewhere).send(post(id, "x"))).rejects.toMatchObject({
      name: "ForbiddenException",
    });
  });
});

describe("@connections", () => {
  test.each<[who: string, headers: Record<string, string>, message: RegExp]>([
    ["without a signature", {}, /Missing Authentication Token/],
    ["from a web page", { origin: "https://evil.example" }, /Cannot serve requests of web pages/],
    ["for another host", { host: "evil.example" }, /Cannot serve the host/],
  ])("@connections rejects a request %s", async (_, headers, message) => {
    const { api, id } = await connected();
    const url = `${api.managementUrl}/@connections/${encodeURIComponent(id)}`;
    const response = await sendUnsigned(url, { method: "POST", headers }, "forged");
    expect(response).toMatchObject({ status: 403, body: expect.stringMatching(message) });
  });
});
