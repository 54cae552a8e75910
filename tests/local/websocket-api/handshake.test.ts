// Tests which handshakes become connections, and the events that the function gets.
import { describe, expect, test } from "vitest";
import {
  closeCode,
  connect,
  presignedUrl,
  refusal,
  signedHeaders,
  startApi,
} from "../../support/servers/local-websocket-api.ts";
import { waitFor } from "../../support/deadline.ts";
import { WebSocket } from "ws";
import { once } from "node:events";

describe("a handshake", () => {
  test("a handshake with a signed query becomes a connection, and the function gets an event at its start and at its end", async () => {
    const api = await startApi();
    const webSocket = await connect(api, { headers: { "user-agent": "tests" } });
    const connected = await api.event("CONNECT");
    expect(connected).toMatchObject({
      headers: { "user-agent": "tests", Host: `127.0.0.1:${api.port}` },
      multiValueHeaders: { Upgrade: ["websocket"] },
      queryStringParameters: { "X-Amz-Algorithm": "AWS4-HMAC-SHA256" },
      requestContext: {
        routeKey: "$connect",
        eventType: "CONNECT",
        messageDirection: "IN",
        stage: "v1",
        domainName: "127.0.0.1",
        apiId: "local",
        identity: {
          accessKey: "AKIDLOCAL",
          accountId: "123456789012",
          userArn: "arn:aws:iam::123456789012:user/AKIDLOCAL",
          sourceIp: "127.0.0.1",
          userAgent: "tests",
        },
      },
      isBase64Encoded: false,
    });
    const { connectionId, requestId, extendedRequestId, connectedAt } = connected.requestContext;
    expect(connectionId).toMatch(/^[\w-]{15}=$/);
    expect(requestId).toBe(extendedRequestId);
    webSocket.close(4000, "enough");
    expect((await api.event("DISCONNECT")).requestContext).toMatchObject({
      routeKey: "$disconnect",
      connectionId,
      connectedAt,
      disconnectStatusCode: 4000,
      disconnectReason: "enough",
    });
    expect(api.reports).toMatchObject([
      { connectionId, state: "opened", callerArn: "arn:aws:iam::123456789012:user/AKIDLOCAL" },
      { connectionId, state: "closed", code: 4000 },
    ]);
  });

  test("a handshake with signed headers becomes a connection", async () => {
    const api = await startApi();
    for (const options of [{}, { accessKeyId: "ASIATEMPORARY" }]) {
      const webSocket = new WebSocket(api.url, { headers: await signedHeaders(api, options) });
      await waitFor("the connection", once(webSocket, "open"));
      webSocket.close();
      expect(await closeCode(webSocket)).toBe(1005);
    }
  });

  test("a signed handshake from a web page becomes a connection, because only the signature counts", async () => {
    const webSocket = await connect(await startApi(), { origin: "https://app.example" });
    webSocket.close();
  });

  test.each([
    ["without a signature", {}, /^MissingAuth/, "Missing Authentication Token"],
    ["with a wrong secret", { secretAccessKey: "guessed" }, /^InvalidSignature/, /signature we calculated/],
    ["for another service", { service: "lambda" }, /^InvalidSignature/, /correct service: 'execute-api'/],
    ["for another Region", { region: "eu-west-1" }, /^InvalidSignature/, /valid region/],
    ["with an unknown access key", { accessKeyId: "UNKNOWN" }, /^Unrecognized/, /token .* is invalid/],
    [
      "with the key of the function's role",
      { accessKeyId: "ASIAROLE" },
      /^Unrecognized/,
      /token .* is invalid/,
    ],
    [
      "that is six minutes old",
      { date: new Date(Date.now() - 6 * 60_000), expiresIn: 300 },
      /^Inv/,
      /expired/,
    ],
  ])(
    "a handshake %s is refused with 403, and the function gets no event",
    async (name, options, type, message) => {
      const api = await startApi();
      const url = name === "without a signature" ? api.url : await presignedUrl(api, options);
      const refused = await refusal(url);
      expect(refused.status).toBe(403);
      expect(refused.type).toMatch(type);
      expect(JSON.parse(refused.body)).toEqual({
        message: expect.stringMatching(message),
        connectionId: expect.stringMatching(/=$/),
        requestId: expect.stringMatching(/=$/),
      });
      expect(api.events).toEqual([]);
      expect(api.reports).toMatchObject([{ state: "refused", status: 403 }]);
    },
  );

  test("a handshake for another path or host is refused with 403", async () => {
    const api = await startApi();
    const headers = await signedHeaders(api);
    for (const path of ["", "/", "/v2", "/v1/more", "//v1"]) {
      const { status, body } = await refusal(`ws://127.0.0.1:${api.port}${path}`, { headers });
      expect([path, status, JSON.parse(body).message]).toEqual([path, 403, "Forbidden"]);
    }
    const foreign = await refusal(api.url, { headers: { ...headers, host: "evil.example" } });
    expect(foreign).toMatchObject({ status: 403, body: expect.stringContaining("Cannot serve the host") });
    expect(api.events).toEqual([]);
  });

  test.each([
    ["refuses", () => ({ statusCode: 403 }), 403, "Forbidden"],
    ["responds with 500", () => ({ statusCode: 500 }), 500, "Refused"],
    ["throws", () => Promise.reject(new Error("broken")), 502, "Internal server error"],
    ["responds with nothing", () => undefined, 502, "Internal server error"],
    ["takes too long", () => new Promise(() => undefined), 504, "Endpoint request timed out"],
  ])("a handshake does not become a connection if the function %s", async (_, respond, status, message) => {
    const api = await startApi(respond, { limits: { integrationMs: 200 } });
    const refused = await refusal(await presignedUrl(api));
    expect([refused.status, JSON.parse(refused.body).message]).toEqual([status, message]);
    expect(api.events).toHaveLength(1);
  });

  test("a handshake whose client disconnects before the function responds becomes a connection that ends at once", async () => {
    let respond = (): void => undefined;
    const api = await startApi(async ({ requestContext }) => {
      if (requestContext.eventType === "CONNECT") await new Promise<void>((resolve) => (respond = resolve));
      return { statusCode: 200 };
    });
    const webSocket = new WebSocket(await presignedUrl(api));
    webSocket.on("error", () => undefined);
    const { connectionId } = (await api.event("CONNECT")).requestContext;
    webSocket.terminate();
    await closeCode(webSocket);
    respond();
    const { requestContext } = await api.event("DISCONNECT");
    expect(requestContext).toMatchObject({ connectionId, disconnectStatusCode: 1006 });
  });
});
