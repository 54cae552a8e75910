// Tests the requests that the signing proxy refuses: from web pages, with foreign host names, with wrong tokens. None of them
// reaches the service.
import { createConnection } from "node:net";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { sendAll } from "../support/callers/bare-caller.ts";
import { sendUnsigned } from "../support/callers/unsigned-request.ts";
import { waitFor } from "../support/deadline.ts";
import { answerWith, startUrl } from "../support/servers/local-function-url.ts";
import { proxyTo, type TestProxy } from "../support/servers/signing-proxy.ts";
import type { ProxyOptions } from "../../lib/command-line/proxy/start-proxy.ts";

type Headers = Record<string, string>;

interface Setup {
  proxy: TestProxy;
  /**
   * Sends a POST. Replaces HOST, PORT and TOKEN in the headers' values. Resolves with the status and the error's name, or with
   * "200" and the body.
   */
  send(headers: Headers): Promise<string>;
  /** The number of requests that reached the service. */
  arrived(): number;
}

async function start(options: Partial<ProxyOptions> = {}): Promise<Setup> {
  const url = await startUrl({ answer: answerWith({}, "whole") });
  const proxy = await proxyTo(url.url, options);
  return {
    proxy,
    arrived: () => url.invocations.length,
    async send(given) {
      const headers = Object.fromEntries(
        Object.entries(given).map(([name, value]) => [
          name,
          value
            .replace("HOST", proxy.host)
            .replace("PORT", new URL(proxy.url).port)
            .replace("TOKEN", proxy.token),
        ]),
      );
      const { status, body } = await sendUnsigned(proxy.url, { method: "POST", headers }, "{}");
      if (status === 200) return `${status} ${body}`;
      const { error } = JSON.parse(body) as { error: { name: string } };
      return `${status} ${error.name}`;
    },
  };
}

describe("the signing proxy", () => {
  test.each<[string, Headers]>([
    ["ForeignHost", { host: "evil.example:PORT" }],
    ["ForeignHost", { host: "127.0.0.1" }],
    ["ForeignHost", { host: "127.0.0.1:1" }],
    ["ForeignHost", { host: "127.0.0.2:PORT" }],
    ["ForeignHost", { host: "localhost.evil.example:PORT" }],
    ["ForeignHost", { host: "127.0.0.1.nip.io:PORT" }],
    ["ForeignHost", { host: "localhost.:PORT" }],
    ["ForeignHost", { host: "user@127.0.0.1:PORT" }],
    ["ForeignHost", { host: "[::1]:PORT" }],
    ["ForeignHost", { host: "evil.example:PORT", "x-deltapipe-token": "TOKEN" }],
    ["ForeignOrigin", { origin: "https://evil.example" }],
    ["ForeignOrigin", { origin: "https://evil.example", "x-deltapipe-token": "TOKEN" }],
    ["ForeignOrigin", { origin: "null", "x-deltapipe-token": "TOKEN" }],
    ["ForeignOrigin", { origin: "https://HOST", "x-deltapipe-token": "TOKEN" }],
    ["ForeignOrigin", { origin: "http://localhost:PORT", "x-deltapipe-token": "TOKEN" }],
    ["ForeignOrigin", { origin: "http://127.0.0.1:1", "x-deltapipe-token": "TOKEN" }],
    ["ForeignOrigin", { origin: "http://HOST.evil.example", "x-deltapipe-token": "TOKEN" }],
    ["ForeignOrigin", { origin: "chrome-extension://abc", "x-deltapipe-token": "TOKEN" }],
    ["ForeignOrigin", { "sec-fetch-site": "cross-site" }],
    ["ForeignOrigin", { "sec-fetch-site": "cross-site", "x-deltapipe-token": "TOKEN" }],
    ["ForeignOrigin", { "sec-fetch-site": "same-site", "x-deltapipe-token": "TOKEN" }],
    ["ForeignOrigin", { "sec-fetch-site": "odd", "x-deltapipe-token": "TOKEN" }],
    [
      "ForeignOrigin",
      { origin: "http://HOST", "sec-fetch-site": "cross-site", "x-deltapipe-token": "TOKEN" },
    ],
    ["ForeignOrigin", { referer: "https://evil.example/page" }],
    ["ForeignOrigin", { referer: "odd" }],
    ["InvalidToken", { origin: "http://HOST" }],
    ["InvalidToken", { origin: "http://HOST", "sec-fetch-site": "same-origin" }],
    ["InvalidToken", { "sec-fetch-site": "same-origin" }],
    ["InvalidToken", { "sec-fetch-site": "none" }],
    ["InvalidToken", { origin: "http://HOST", "x-deltapipe-token": "" }],
    ["InvalidToken", { origin: "http://HOST", "x-deltapipe-token": "TOKENx" }],
    ["InvalidToken", { origin: "http://HOST", "x-deltapipe-token": "TOKEN, TOKEN" }],
    ["InvalidToken", { origin: "http://HOST", cookie: "x-deltapipe-token=TOKEN" }],
    ["InvalidToken", { "x-deltapipe-token": "wrong" }],
  ])("the signing proxy refuses with %s a request with the headers %j", async (name, headers) => {
    const { send, arrived } = await start();
    expect(await send(headers)).toBe(`403 ${name}`);
    expect(arrived()).toBe(0);
  });

  test("the signing proxy refuses the token of an earlier proxy", async () => {
    const earlier = await start();
    const { send } = await start();
    expect(await send({ "x-deltapipe-token": earlier.proxy.token })).toBe("403 InvalidToken");
  });

  test("the signing proxy refuses a preflight, and its response has no CORS headers", async () => {
    const { proxy, arrived } = await start();
    const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
    const response = await fetch(proxy.url, { method: "OPTIONS", headers });
    expect(response.status).toBe(403);
    expect([...response.headers.keys()].join()).not.toContain("access-control");
    expect(arrived()).toBe(0);
  });

  test.each([
    ["no Host", "GET / HTTP/1.0\r\n\r\n", 403],
    ["an empty Host", "GET / HTTP/1.1\r\nhost:\r\n\r\n", 403],
    ["two Hosts", "GET / HTTP/1.1\r\nhost: HOST\r\nhost: evil.example\r\n\r\n", 403],
    [
      "a whole URL as its target",
      "GET http://evil.example/ HTTP/1.1\r\nhost: HOST\r\nconnection: close\r\n\r\n",
      400,
    ],
    ["the method CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\nhost: HOST\r\n\r\n", 405],
    [
      "two content-length headers",
      "POST / HTTP/1.1\r\nhost: HOST\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
      400,
    ],
  ])("the signing proxy refuses a request with %s", async (_, request, status) => {
    const { proxy, arrived } = await start();
    const text = request.replaceAll("HOST", proxy.host);
    const received = await sendAll(proxy.url, Buffer.from(text), `HTTP/1.1 ${status}`);
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(arrived()).toBe(0);
  });

  test("the signing proxy refuses connections to other addresses of this machine", async () => {
    const { proxy } = await start();
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const others = addresses.filter(({ address, family }) => family === "IPv4" && address !== "127.0.0.1");
    const port = Number(new URL(proxy.url).port);
    for (const host of ["127.0.0.2", ...others.map(({ address }) => address)]) {
      const socket = createConnection({ host, port });
      const [error] = await waitFor("the refusal", once(socket, "error"));
      expect((error as NodeJS.ErrnoException).code).toBe("ECONNREFUSED");
    }
  });
});

describe("the signing proxy", () => {
  test.each<[string, Headers]>([
    ["a program that is not a browser", {}],
    ["Node's fetch, which sends sec-fetch-mode", { "sec-fetch-mode": "cors" }],
    ["a request to localhost", { host: "LocalHost:PORT" }],
    ["a page from its own origin with the token", { origin: "http://HOST", "x-deltapipe-token": "TOKEN" }],
    [
      "a request with a browser's own headers and the token",
      {
        origin: "http://HOST",
        referer: "http://HOST/#x",
        "sec-fetch-site": "same-origin",
        "x-deltapipe-token": "TOKEN",
      },
    ],
    [
      "a request for an address that the user typed, with the token",
      { "sec-fetch-site": "none", "x-deltapipe-token": "TOKEN" },
    ],
    [
      "a page at localhost",
      { host: "localhost:PORT", origin: "http://localhost:PORT", "x-deltapipe-token": "TOKEN" },
    ],
  ])("the signing proxy serves %s", async (_, headers) => {
    const { send } = await start();
    expect(await send(headers)).toBe("200 whole");
  });

  test("the signing proxy serves programs only with the token if requireToken is set", async () => {
    const { send, arrived } = await start({ requireToken: true });
    expect(await send({})).toBe("403 InvalidToken");
    expect(arrived()).toBe(0);
    expect(await send({ "x-deltapipe-token": "TOKEN" })).toBe("200 whole");
  });

  test("the signing proxy serves ::1 as well if ipv6 is set", async () => {
    const { proxy, send } = await start({ ipv6: true });
    const url = proxy.url.replace("127.0.0.1", "[::1]");
    expect((await sendUnsigned(url, { method: "POST" })).body).toBe("whole");
    expect(await send({})).toBe("200 whole");
  });
});

test("the page's headers and the token do not reach the service", async () => {
  const url = await startUrl({ answer: answerWith({}) });
  const proxy = await proxyTo(url.url);
  const origin = proxy.url.slice(0, -1);
  const headers = { origin, referer: proxy.url, "sec-ch-ua": "x", "x-deltapipe-token": proxy.token };
  const { status } = await sendUnsigned(proxy.url, { headers });
  expect(status).toBe(200);
  const { event } = url.invocations[0]!;
  expect(Object.keys(event.headers).join()).not.toMatch(/origin|referer|sec-|token/);
  expect(JSON.stringify(event)).not.toContain(proxy.token);
});
