// Tests the connections of a Function URL: reuse, `100 Continue`, and the end of the server.
import { once } from "node:events";
import { Agent } from "node:http";
import { connect as connectHttp2, constants } from "node:http2";
import { describe, expect, test } from "vitest";
import { waitFor } from "../../support/deadline.ts";
import {
  answerWith,
  call,
  openRequest,
  prelude,
  responseTo,
  startUrl,
  readText,
} from "../../support/servers/local-function-url.ts";

describe("a connection", () => {
  test("a connection serves one request after another", async () => {
    const url = await startUrl({ answer: answerWith({}, "x") });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let count = 0; count < 3; count += 1) {
      const response = await call(url, {}, { agent });
      ports.add(response.socket.localPort);
      await readText(response);
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  test("a connection may be idle for at least ten minutes, as its keep-alive header says, so that the client is the first to close it", async () => {
    const url = await startUrl({ answer: answerWith({}, "x") });
    const agent = new Agent({ keepAlive: true });
    const { headers } = await call(url, {}, { agent });
    agent.destroy();
    const [, seconds] = /^timeout=(\d+)$/.exec(String(headers["keep-alive"])) ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(600);
  });

  test("a request with Expect: 100-continue gets 100 Continue before its body is sent", async () => {
    const url = await startUrl({ answer: answerWith({}, "x") });
    const body = Buffer.from('{"prompt":"hi"}');
    const request = await openRequest(
      url,
      { body },
      { unsent: { expect: "100-continue", "content-type": "application/json" } },
    );
    const continued = once(request, "continue");
    request.flushHeaders();
    await waitFor("100 Continue", continued);
    request.end(body);
    expect(await readText(await responseTo(request))).toBe("x");
    expect(url.invocations[0]?.event.body).toBe(body.toString());
  });

  test("a connection stays with HTTP/1.1 when a client offers to upgrade to HTTP/2, as Java's client does", async () => {
    const url = await startUrl({ answer: answerWith({}, "x") });
    const unsent = {
      connection: "upgrade, http2-settings",
      upgrade: "h2c",
      "http2-settings": "AAMAAABkAAQBAAAA",
    };
    const body = Buffer.from("{}");
    const request = await openRequest(url, { body }, { unsent });
    request.end(body);
    expect(await readText(await responseTo(request))).toBe("x");
    expect(Object.keys(url.invocations[0]?.event.headers ?? {})).not.toContain("http2-settings");
  });

  test("a connection that begins with HTTP/2 gets the HTTP/2 error HTTP_1_1_REQUIRED", async () => {
    const session = connectHttp2((await startUrl()).url);
    const [code] = (await waitFor("GOAWAY", once(session, "goaway"))) as [number];
    expect(code).toBe(constants.NGHTTP2_HTTP_1_1_REQUIRED);
    await waitFor("the end of the session", once(session, "close")).catch((error: Error) => error);
  });

  test("a connection is accepted on the loopback address only", async () => {
    expect((await startUrl()).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  test("a connection is cut when the Function URL is closed, and a second close does no harm", async () => {
    const url = await startUrl();
    const calling = call(url);
    (await url.invoked()).write(prelude({}));
    const response = await calling;
    const cut = once(response, "error");
    await waitFor("the close of the URL", url.close());
    await waitFor("the cut of the connection", cut);
    await waitFor("the second close of the URL", url.close());
  });
});

test("a start on a port in use rejects with Node's error code", async () => {
  const { port } = await startUrl();
  await expect(startUrl({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});
