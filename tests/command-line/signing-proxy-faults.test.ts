// Tests failures around the signing proxy: missing credentials, a faulty service, a faulty caller.
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { openConnection, sendAll } from "../support/callers/bare-caller.ts";
import { sendUnsigned } from "../support/callers/unsigned-request.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { prelude, answerWith, startUrl } from "../support/servers/local-function-url.ts";
import { serve } from "../support/servers/http-server.ts";
import { proxyCredentials, proxyTo, type TestProxy } from "../support/servers/signing-proxy.ts";

interface OwnError {
  status: number | undefined;
  name: string;
  message: string;
  retryable: boolean;
}

async function failingRequest(proxy: TestProxy, body = "{}"): Promise<OwnError> {
  const headers = { "content-length": Buffer.byteLength(body) };
  const { status, body: text } = await sendUnsigned(proxy.url, { method: "POST", headers }, body);
  const { type, error } = JSON.parse(text) as { type: string; error: OwnError & { requestId: string } };
  expect({ type, requestId: error.requestId }).toEqual({ type: "error", requestId: "" });
  return { status, name: error.name, message: error.message, retryable: error.retryable };
}

/** Starts a TCP server whose connections the test controls. Resolves with its URL. */
async function startRaw(onConnection: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
    onConnection?.(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe("the proxy's credentials", () => {
  test("the proxy asks the provider for credentials at each request, so that new ones replace expired ones", async () => {
    const url = await startUrl({ answer: answerWith({}, "whole") });
    const keys = [proxyCredentials, { accessKeyId: "AKIDEXPIRED", secretAccessKey: "x" }, proxyCredentials];
    let calls = 0;
    const proxy = await proxyTo(url.url, { credentials: async () => keys[calls++]! });
    const answers = [];
    for (const _ of keys) answers.push(await sendUnsigned(proxy.url));
    expect(calls).toBe(3);
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 200]);
    // The caller gets AWS's own response, and the report has the error's name.
    expect(answers[1]!.body).toBe('{"message":"The security token included in the request is invalid."}');
    await proxy.reported();
    expect(await proxy.reported()).toMatchObject({ status: 403, error: "UnrecognizedClientException" });
  });

  test("missing credentials cause a 403 with the provider's advice, and the next request looks for them again", async () => {
    const url = await startUrl({ answer: answerWith({}, "whole") });
    let expired = true;
    const proxy = await proxyTo(url.url, {
      credentials: async () => {
        if (expired) throw new Error("the SSO session has expired; log in (aws sso login)");
        return proxyCredentials;
      },
    });
    expect(await failingRequest(proxy)).toEqual({
      status: 403,
      name: "NoCredentials",
      message: "Cannot get AWS credentials: the SSO session has expired; log in (aws sso login)",
      retryable: false,
    });
    expect(await proxy.reported()).toMatchObject({ status: 403, error: "NoCredentials", ended: "refused" });
    expect(url.invocations).toHaveLength(0);
    expired = false;
    expect((await sendUnsigned(proxy.url)).status).toBe(200);
  });

  test("incomplete credentials cause a 403", async () => {
    const proxy = await proxyTo("http://127.0.0.1:9/", {
      credentials: async () => ({ accessKeyId: "ASIAX", secretAccessKey: "x" }),
    });
    expect(await failingRequest(proxy)).toMatchObject({ status: 403, name: "NoCredentials" });
  });

  test("the proxy stops waiting for credentials when the caller disconnects", async () => {
    let asked = (): void => undefined;
    const asking = new Promise<void>((resolve) => (asked = resolve));
    const proxy = await proxyTo("http://127.0.0.1:9/", {
      credentials: () => {
        asked();
        return new Promise(() => undefined);
      },
    });
    const socket = await openConnection(proxy.url);
    socket.write(`GET / HTTP/1.1\r\nhost: ${proxy.host}\r\n\r\n`);
    await waitFor("the provider", asking);
    socket.destroy();
    expect(await proxy.reported()).toMatchObject({ status: undefined, ended: "disconnected" });
  });
});

describe("faults of the service", () => {
  test("a service that does not run causes a 502", async () => {
    const proxy = await proxyTo("http://127.0.0.1:9/");
    expect(await failingRequest(proxy)).toEqual({
      status: 502,
      name: "ServiceUnreachable",
      message:
        "Cannot connect to 127.0.0.1:9: ECONNREFUSED; check that the service runs and that --url is right, and try again",
      retryable: true,
    });
  });

  test("a service without TLS at an https URL causes a 502 with advice about certificates", async () => {
    const { port } = await startUrl();
    const proxy = await proxyTo(`https://127.0.0.1:${port}/`);
    expect(await failingRequest(proxy)).toMatchObject({
      status: 502,
      name: "ServiceUnreachable",
      message: expect.stringMatching(/the TLS handshake failed; check the URL/) as string,
      retryable: false,
    });
  });

  test("a service that never answers causes a 504", async () => {
    const proxy = await proxyTo(await startRaw(() => undefined), { silenceMs: scaled(200) });
    expect(await failingRequest(proxy)).toMatchObject({
      status: 504,
      name: "ServiceTimeout",
      retryable: true,
    });
  });

  test("a service that closes the connection without an answer causes a 502, which warns that the model may have run", async () => {
    const proxy = await proxyTo(await startRaw((socket) => socket.once("data", () => socket.destroy())));
    expect(await failingRequest(proxy)).toMatchObject({
      status: 502,
      name: "ConnectionLost",
      message: expect.stringMatching(
        /; asking again may help, but the model may have run already$/,
      ) as string,
    });
  });

  test("a service that does not speak HTTP causes a 502 that does not repeat the service's bytes", async () => {
    const proxy = await proxyTo(await startRaw((socket) => socket.end("SSH-2.0-secret\r\n")));
    const { status, name, message } = await failingRequest(proxy);
    expect({ status, name }).toEqual({ status: 502, name: "ServiceUnreachable" });
    expect(message).not.toContain("secret");
  });

  test("a proxy that forwards to itself responds with 508", async () => {
    const port = await freePort();
    const proxy = await proxyTo(`http://127.0.0.1:${port}/`, { port });
    const { status, body } = await sendUnsigned(proxy.url);
    expect(status).toBe(508);
    expect(body).toMatch(/"name":"ProxyLoop"/);
  });

  test.each([
    ["chunked", "transfer-encoding: chunked\r\n\r\n5\r\nhalf\n\r\n", "1.1"],
    ["with a content-length", "content-length: 100\r\n\r\nhalf\n", "1.1"],
    ["chunked, to an HTTP/1.0 caller", "transfer-encoding: chunked\r\n\r\n5\r\nhalf\n\r\n", "1.0"],
  ])(
    "a caller whose answer (%s) breaks off gets the bytes so far, and sees that the answer is incomplete",
    async (_, answer, version) => {
      let breakOff = (): void => undefined;
      const url = await startRaw((socket) => {
        socket.once("data", () => socket.write(`HTTP/1.1 200 OK\r\n${answer}`));
        breakOff = () => socket.destroy();
      });
      const proxy = await proxyTo(url);
      const socket = await openConnection(proxy.url);
      let received = "";
      const half = new Promise<void>((resolve) => {
        socket.on("data", (data: Buffer) => {
          received += data.toString();
          if (received.includes("half")) resolve();
        });
      });
      const closed = closing(socket);
      socket.write(`GET / HTTP/${version}\r\nhost: ${proxy.host}\r\n\r\n`);
      await waitFor("the first half", half);
      breakOff();
      const hadError = await waitFor("the end of the connection", closed);
      // Only a reset shows an HTTP/1.0 caller that the body is incomplete.
      expect(hadError).toBe(version === "1.0");
      expect(received).not.toContain("\r\n0\r\n");
      expect(await proxy.reported()).toMatchObject({ status: 200, ended: "cut", bytes: 5 });
    },
  );

  test("a service that breaks off an answer makes fetch reject", async () => {
    const url = await startUrl();
    const proxy = await proxyTo(url.url);
    const response = fetch(proxy.url, { method: "POST", body: "{}" });
    const answer = await url.invoked();
    answer.write(Buffer.concat([prelude({}), Buffer.from("half")]));
    const { body } = await waitFor("the head", response);
    const reader = body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("half");
    answer.destroy(new Error("exit 1"));
    await expect(waitFor("the cut", reader.read())).rejects.toThrow("terminated");
  });

  test("the proxy disconnects service and caller if the service falls silent in the middle of an answer", async () => {
    const url = await startUrl();
    const proxy = await proxyTo(url.url, { silenceMs: scaled(500) });
    const response = fetch(proxy.url, { method: "POST", body: "{}" });
    const answer = await url.invoked();
    answer.write(Buffer.concat([prelude({}), Buffer.from("half")]));
    const text = (await waitFor("the head", response)).text();
    await expect(waitFor("the cut", text)).rejects.toThrow("terminated");
    expect(await proxy.reported()).toMatchObject({ ended: "cut", error: "UND_ERR_BODY_TIMEOUT" });
    expect(await url.reported()).toMatchObject({ ended: "disconnected" });
  });
});

describe("faults of the caller", () => {
  test.each([
    ["declares a body of more than 6 MB", { "content-length": "6291457" }],
    ["sends more than 6 MB in chunks", { "transfer-encoding": "chunked" }],
  ])("a caller that %s gets a complete response with 413", async (_, headers) => {
    const url = await startUrl();
    const proxy = await proxyTo(url.url);
    const { status, body } = await sendUnsigned(
      proxy.url,
      { method: "POST", headers },
      "x".repeat(6_291_457),
    );
    expect({ status, body: JSON.parse(body) as unknown }).toEqual({
      status: 413,
      body: {
        type: "error",
        error: {
          name: "PayloadTooLarge",
          message:
            "Cannot forward the request: its body has more than 6291456 bytes, Lambda's limit; send less",
          retryable: false,
          requestId: "",
        },
      },
    });
    expect(url.invocations).toHaveLength(0);
  });

  test("a caller that announces too large a body gets 413 instead of 100 Continue", async () => {
    const proxy = await proxyTo((await startUrl()).url);
    const lines = [`host: ${proxy.host}`, "content-length: 7000000", "expect: 100-continue"];
    const head = Buffer.from(`POST / HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    expect(await sendAll(proxy.url, head, "PayloadTooLarge")).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("a caller that sends exactly 6 MB gets an answer", async () => {
    const url = await startUrl({ answer: answerWith({}, "whole") });
    const proxy = await proxyTo(url.url);
    const body = "x".repeat(6_291_456);
    expect(await sendUnsigned(proxy.url, { method: "POST" }, body)).toEqual({ status: 200, body: "whole" });
  });

  test("a caller that disconnects while it sends a body causes no request to the service", async () => {
    const url = await startUrl();
    const proxy = await proxyTo(url.url);
    const socket = await openConnection(proxy.url);
    socket.write(`POST / HTTP/1.1\r\nhost: ${proxy.host}\r\ncontent-length: 10\r\n\r\nhalf`, () =>
      socket.destroy(),
    );
    expect(await proxy.reported()).toMatchObject({ status: undefined, ended: "disconnected" });
    expect(url.invocations).toHaveLength(0);
  });

  test("the proxy ends its request to the service if the caller disconnects before the answer begins", async () => {
    const url = await startUrl();
    const proxy = await proxyTo(url.url);
    const socket = await openConnection(proxy.url);
    socket.write(`GET / HTTP/1.1\r\nhost: ${proxy.host}\r\n\r\n`);
    await url.invoked();
    socket.destroy();
    expect(await url.reported()).toMatchObject({ ended: "disconnected" });
    expect(await proxy.reported()).toMatchObject({ status: undefined, ended: "disconnected" });
  });

  test("the proxy ends its request to the service if the caller disconnects in the middle of the answer", async () => {
    const url = await startUrl();
    const proxy = await proxyTo(url.url);
    const leaving = new AbortController();
    const response = fetch(proxy.url, { signal: leaving.signal });
    const answer = await url.invoked();
    answer.write(Buffer.concat([prelude({}), Buffer.from("half")]));
    await waitFor("the head", response);
    leaving.abort();
    expect(await url.reported()).toMatchObject({ status: 200, ended: "disconnected" });
    expect(await proxy.reported()).toMatchObject({ status: 200, ended: "disconnected" });
  });

  test("a caller that does not read makes the service pause, and gets everything when it reads again", async () => {
    const megabytes = 64;
    let written = 0;
    let paused = (): void => undefined;
    const pause = new Promise<void>((resolve) => (paused = resolve));
    const service = await serve(async (_request, response) => {
      for (; written < megabytes; written += 1) {
        if (response.write(Buffer.alloc(1_000_000))) continue;
        const timer = setTimeout(paused, 500);
        await once(response, "drain");
        clearTimeout(timer);
      }
      response.end();
    });
    onTestFinished(() => service.close());
    const proxy = await proxyTo(service.url);
    const response = await waitFor("the head", fetch(proxy.url));
    await waitFor("the service to pause", pause);
    expect(written).toBeLessThan(40);
    const body = await waitFor("the end", response.arrayBuffer());
    expect(body.byteLength).toBe(megabytes * 1_000_000);
    expect(await proxy.reported()).toMatchObject({ bytes: megabytes * 1_000_000, ended: "complete" });
  });

  test("a caller that pipelines requests gets the answers in order", async () => {
    const url = await startUrl();
    const proxy = await proxyTo(url.url);
    const one = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: ${proxy.host}\r\n\r\n`;
    const received = sendAll(proxy.url, Buffer.from(one("/1") + one("/2")), "2 at /2");
    const first = await url.invoked(1);
    const second = await url.invoked(2);
    const paths = url.invocations.map(({ event }) => event.rawPath);
    second.end(Buffer.concat([prelude({}), Buffer.from(`2 at ${paths[1]}`)]));
    first.end(Buffer.concat([prelude({}), Buffer.from(`1 at ${paths[0]}`)]));
    const bodies = [...(await received).matchAll(/\d at (\S+)/g)].map(([, path]) => path);
    expect(bodies).toEqual(["/1", "/2"]);
  });
});

describe("closing the proxy", () => {
  test("closing the proxy breaks off answers, even for HTTP/1.0 callers, and ends the requests to the service", async () => {
    const url = await startUrl();
    const proxy = await proxyTo(url.url);
    const socket = await openConnection(proxy.url);
    const closed = closing(socket);
    socket.write(`GET / HTTP/1.0\r\nhost: ${proxy.host}\r\n\r\n`);
    const answer = await url.invoked();
    const data = once(socket, "data");
    answer.write(Buffer.concat([prelude({}), Buffer.from("half")]));
    await waitFor("the first half", data);
    await waitFor("closing", proxy.close());
    expect(await waitFor("the reset", closed)).toBe(true);
    expect(await url.reported()).toMatchObject({ ended: "disconnected" });
    await expect(fetch(proxy.url)).rejects.toThrow("fetch failed");
  });
});

test("the error for a port that is taken names the port and says what to do", async () => {
  const taken = await proxyTo("http://127.0.0.1:9/");
  const port = Number(new URL(taken.url).port);
  await expect(proxyTo("http://127.0.0.1:9/", { port })).rejects.toThrow(
    `Cannot start the proxy: port ${port} is taken; stop the program that uses it, or choose another with --port`,
  );
});

test("the signing proxy does not start if the service's URL has a query", async () => {
  await expect(proxyTo("http://127.0.0.1:9/?a=1")).rejects.toThrow(
    "Cannot forward to this URL: it has a query",
  );
});

/** Resolves when the connection is closed: with true if it was reset, and otherwise with false. */
function closing(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => socket.once("close", resolve));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
