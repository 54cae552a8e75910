// Tests the signing proxy in front of a local Function URL that verifies every signature: what arrives at the Function URL, and
// what the caller gets back.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { userSays } from "../support/callers/bedrock-client.ts";
import { exchange, openConnection, sendAll } from "../support/callers/bare-caller.ts";
import { sendUnsigned } from "../support/callers/unsigned-request.ts";
import { waitFor } from "../support/deadline.ts";
import { sampleAnswer } from "../support/frames/aws-frames.ts";
import { finish } from "../support/processes/command-line.ts";
import { presign, sign } from "../support/requests/signing.ts";
import { answerWith, prelude, startUrl } from "../support/servers/local-function-url.ts";
import { serve } from "../support/servers/http-server.ts";
import { caller, startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { proxyTo } from "../support/servers/signing-proxy.ts";
import { serveVerifying, scope, temporary, type WireReport } from "../support/servers/verifying-server.ts";

const programs = Object.fromEntries(
  ["curl", "wget"].map((name) => [name, spawnSync(name, ["--version"]).status === 0]),
);
const python = {
  PATH: process.env["PATH"] ?? "",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
};
const hasBoto3 = spawnSync("python3", ["-c", "import boto3"], { env: python }).status === 0;

describe("unsigned requests to the local stack", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startTestStack();
  });
  afterAll(() => stack.close());
  const whole = /^\{"type":"start"[^]*"type":"contentBlockDelta"[^]*\n\{"type":"end"[^\n]*\}\n$/;
  const body = '{"prompt":"A story about rain"}';

  test("an unsigned request by fetch gets a whole answer", async () => {
    const proxy = await proxyTo(stack.url, { credentials: caller });
    const response = await fetch(proxy.url, { method: "POST", body });
    expect(response.headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
    expect(await response.text()).toMatch(whole);
    expect(await proxy.reported()).toMatchObject({
      method: "POST",
      path: "/",
      status: 200,
      ended: "complete",
    });
  });

  test.skipIf(!programs["wget"])("an unsigned request by wget gets a whole answer", async () => {
    const proxy = await proxyTo(stack.url, { credentials: caller });
    const wget = spawn("wget", ["--quiet", "--output-document=-", `--post-data=${body}`, proxy.url]);
    const { code, stdout } = await finish(wget);
    expect(code).toBe(0);
    expect(stdout).toMatch(whole);
  });

  test.skipIf(!programs["curl"])("an unsigned request by curl can get server-sent events", async () => {
    const proxy = await proxyTo(stack.url, { credentials: caller });
    const accept = ["--header", "accept: text/event-stream"];
    const { stdout } = await finish(
      spawn("curl", ["--silent", "--no-buffer", ...accept, "-d", body, proxy.url]),
    );
    expect(stdout).toMatch(/^id: .+\nretry: \d+\nevent: start\ndata: \{[^]*\nevent: end\ndata: \{/);
  });

  test("an unsigned request gets the service's own error response unchanged", async () => {
    const proxy = await proxyTo(stack.url, { credentials: caller });
    const response = await fetch(proxy.url, { method: "POST", body: '{"prmpt":""}' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: "error", error: { name: "InvalidRequest" } });
  });
});

describe("each piece of the answer", () => {
  test.skipIf(!programs["curl"])(
    "curl prints each piece of the answer before the next piece is sent",
    async () => {
      const url = await startUrl();
      const proxy = await proxyTo(url.url);
      const curl = spawn("curl", ["--silent", "--no-buffer", "-d", "{}", proxy.url]);
      onTestFinished(() => void curl.kill());
      const answer = await url.invoked();
      answer.write(prelude({ statusCode: 200 }));
      for (const line of ["first\n", "second\n"]) {
        const printed = once(curl.stdout, "data");
        answer.write(line);
        expect(String((await waitFor("a line from curl", printed))[0])).toBe(line);
      }
      answer.end();
      expect(await waitFor("the end of curl", once(curl, "exit"))).toEqual([0, null]);
    },
  );

  test("the status and headers arrive before there is a body", async () => {
    let begun: ServerResponse | undefined;
    const service = await serve((_request, response) => {
      begun = response.writeHead(202);
      begun.flushHeaders();
    });
    onTestFinished(() => service.close());
    const proxy = await proxyTo(service.url);
    const response = await waitFor("the head", fetch(proxy.url));
    expect(response.status).toBe(202);
    begun!.end("x");
    expect(await response.text()).toBe("x");
  });
});

describe("requests that are already signed", () => {
  const wrong = { accessKeyId: "AKIDOTHER", secretAccessKey: "other", sessionToken: "other-token" };

  function startBedrockShaped() {
    const headers = { "content-type": "application/vnd.amazon.eventstream" };
    return startUrl({
      answer: (body) => body.end(Buffer.concat([prelude({ statusCode: 200, headers }), ...sampleAnswer])),
    });
  }

  test("a request signed by AWS's SDK is signed again, and the SDK reads the streamed answer", async () => {
    const url = await startBedrockShaped();
    const proxy = await proxyTo(url.url);
    const client = new BedrockRuntimeClient({
      endpoint: proxy.url,
      region: "eu-central-1",
      credentials: wrong,
      requestHandler: new NodeHttpHandler(),
    });
    onTestFinished(() => client.destroy());
    const input = { modelId: "anthropic.claude:0", ...userSays("Hi") };
    const { stream } = await waitFor("the answer", client.send(new ConverseStreamCommand(input)));
    let text = "";
    for await (const event of stream!) text += event.contentBlockDelta?.delta?.text ?? "";
    expect(text).toMatch(/^Grüße, 世界/);
    const { event } = url.invocations[0]!;
    expect(event.rawPath).toBe("/model/anthropic.claude%3A0/converse-stream");
    expect(event.requestContext.authorizer.iam.accessKey).toBe("AKIDLOCAL");
    expect(event.headers["authorization"]).toMatch(/us-east-1\/lambda\/aws4_request/);
    expect(JSON.stringify(event)).not.toMatch(/AKIDOTHER|other-token/);
  });

  test.skipIf(!hasBoto3)(
    "a request signed by boto3 is signed again, and boto3 reads the streamed answer",
    async () => {
      const url = await startBedrockShaped();
      const proxy = await proxyTo(url.url);
      const reader = fileURLToPath(new URL("../support/callers/boto3-reader.py", import.meta.url));
      const child = spawn("python3", [reader, proxy.url], { env: python });
      child.stdin.end(`${JSON.stringify({ id: 1, modelId: "any", ...userSays("Hi") })}\n`);
      const { stdout, stderr } = await finish(child);
      expect(stdout, stderr).toMatch(/Gr\\u00fc\\u00dfe/);
      expect(url.invocations[0]!.event.headers["authorization"]).toMatch(/us-east-1\/lambda\/aws4_request/);
    },
  );

  test("a request signed in its headers loses that signature, and keeps its other headers", async () => {
    const url = await startUrl({ answer: answerWith({}) });
    const proxy = await proxyTo(url.url);
    const signed = await sign({ headers: { host: proxy.host, "x-amz-user-agent": "sdk" } }, wrong);
    const response = await sendUnsigned(proxy.url, {
      method: "POST",
      headers: Object.fromEntries(signed.headers),
    });
    expect(response.status).toBe(200);
    const { headers } = url.invocations[0]!.event;
    expect(headers).toMatchObject({ "x-amz-user-agent": "sdk" });
    expect(headers).not.toHaveProperty("x-amz-security-token");
  });

  test("a request signed in its query loses that signature, and keeps the rest of its query", async () => {
    const url = await startUrl({ answer: answerWith({}) });
    const proxy = await proxyTo(url.url);
    const { target } = await presign({ target: "/?a=1" }, { ...wrong, date: new Date() });
    expect(target).toContain("X-Amz-Security-Token=other-token");
    const response = await fetch(new URL(target, proxy.url));
    expect(response.status).toBe(200);
    expect(url.invocations[0]!.event.rawQueryString).toBe("a=1");
  });
});

describe("path and query", () => {
  test.each([
    ["/a%2Fb/%E4%B8%96%20x/c.d~e"],
    ["/?b=2&a=1&a=0&c"],
    ["/model/x:0?q=%2B%26%3d&filter[a]='1'&empty="],
    ["/%C3%BC/?"],
  ])("the request target %s arrives byte for byte", async (target) => {
    const url = await startUrl({ answer: answerWith({}) });
    const proxy = await proxyTo(url.url);
    const { status, body } = await sendUnsigned(proxy.url, { path: target });
    expect({ status, body }).toEqual({ status: 200, body: "" });
    const [path, query] = target.split("?");
    expect(url.invocations[0]!.event).toMatchObject({ rawPath: path, rawQueryString: query ?? "" });
  });

  test.each([
    ["/a/../b", /its path has dot segments/],
    ["/a/%2e%2e/b", /its path has dot segments/],
    ["/a//b", /empty segment/],
    ["/a?b=1+2", /its query contains a "\+"/],
    ["/a?b=%", /does not encode UTF-8; write %25/],
    ["/[a]", /characters that have to be percent-encoded/],
    ["/a?=b", /without a name/],
    ["/a#b", /a character that has to be percent-encoded/],
    ["http://127.0.0.1/", /its target is a whole URL; call this address in place of/],
  ])(
    "the request target %s is rejected with 400, because not all servers would interpret it in the same way",
    async (target, sentence) => {
      const url = await startUrl();
      const proxy = await proxyTo(url.url);
      // The test uses no HTTP library, because libraries normalize the path.
      const received = await sendAll(
        proxy.url,
        Buffer.from(`GET ${target} HTTP/1.1\r\nhost: ${proxy.host}\r\nconnection: close\r\n\r\n`),
      );
      expect(received).toMatch(/^HTTP\/1\.1 400 [^]*"name":"InvalidRequest"/);
      expect(JSON.parse(received.split("\r\n\r\n")[1]!).error.message).toMatch(sentence);
      expect(url.invocations).toHaveLength(0);
    },
  );

  test("the request's path and query are appended to the path of the service's URL", async () => {
    const service = await serveVerifying();
    onTestFinished(() => service.close());
    const options = { credentials: temporary, region: scope.region };
    const proxy = await proxyTo(`${service.url}base`, options);
    const paths = ["/", "/?a=1", "/x"];
    const found = await Promise.all(
      paths.map(async (path) => (await fetch(new URL(path, proxy.url))).json()),
    );
    expect(found as WireReport[]).toEqual(
      ["/base", "/base?a=1", "/base/x"].map((url) => ({ url, method: "GET", body: "" })),
    );
  });
});

describe("method, headers and body", () => {
  test.each(["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"])(
    "a %s request is forwarded with its method, headers and body",
    async (method) => {
      const url = await startUrl({ answer: answerWith({ statusCode: 201 }, "made") });
      const proxy = await proxyTo(url.url);
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength("Grüße") };
      const { status, body } = await sendUnsigned(proxy.url, { method, headers }, "Grüße");
      expect({ status, body }).toEqual({ status: 201, body: "made" });
      expect(url.invocations[0]!.event).toMatchObject({
        body: "Grüße",
        requestContext: { http: { method } },
      });
    },
  );

  test("a HEAD request is forwarded, and its answer has no body", async () => {
    const url = await startUrl({ answer: answerWith({ headers: { "x-size": "9" } }, "unsent") });
    const proxy = await proxyTo(url.url);
    const response = await fetch(proxy.url, { method: "HEAD" });
    expect(response.headers.get("x-size")).toBe("9");
    expect(await response.text()).toBe("");
  });

  test("a request with another method is rejected with 405", async () => {
    const proxy = await proxyTo((await startUrl()).url);
    const { status, body } = await sendUnsigned(proxy.url, { method: "PROPFIND" });
    expect(status).toBe(405);
    expect(body).toMatch(/Cannot forward the method PROPFIND/);
  });

  test("headers are forwarded, even with characters outside ASCII, but not cookies and headers about the connection", async () => {
    const url = await startUrl({ answer: answerWith({}) });
    const proxy = await proxyTo(url.url);
    const lines = [
      `host: ${proxy.host}`,
      "connection: close, x-hop",
      "x-hop: no",
      "te: trailers",
      "proxy-authorization: Basic no",
      "cookie: other-server=no",
      "x-note: a",
      "x-note: b",
      "x-latin: Gr\u00fc\u00dfe",
      "user-agent: bare",
      "accept-encoding: gzip",
      "content-length: 2",
    ];
    const received = await sendAll(
      proxy.url,
      Buffer.from(`POST / HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n{}`, "latin1"),
    );
    expect(received).toMatch(/^HTTP\/1\.1 200 /);
    const { headers } = url.invocations[0]!.event;
    expect(headers).toMatchObject({
      host: new URL(url.url).host,
      via: "1.1 deltapipe-proxy",
      "x-note": "a, b",
      "user-agent": "bare",
      "accept-encoding": "gzip",
    });
    expect(headers["x-latin"]).toBe("Gr\u00fc\u00dfe");
    expect(JSON.stringify(headers)).not.toMatch(/"no"|other-server|Basic/);
  });

  test("a chunked body is forwarded", async () => {
    const url = await startUrl({ answer: answerWith({}) });
    const proxy = await proxyTo(url.url);
    const body = new Blob(["a".repeat(70_000)]).stream();
    const response = await fetch(proxy.url, { method: "POST", body, duplex: "half" } as RequestInit);
    expect(response.status).toBe(200);
    const sent = url.invocations[0]!.event;
    expect(Buffer.from(sent.body ?? "", "base64")).toHaveLength(70_000);
  });

  test("several requests share a connection to the proxy", async () => {
    const url = await startUrl({ answer: answerWith({}, "whole") });
    const proxy = await proxyTo(url.url);
    const socket = await openConnection(proxy.url);
    const request = Buffer.from(`GET / HTTP/1.1\r\nhost: ${proxy.host}\r\n\r\n`);
    for (let count = 0; count < 3; count += 1) {
      const received = await exchange(socket, request, "\r\n0\r\n\r\n");
      socket.removeAllListeners("data");
      expect(received).toMatch(/whole/);
    }
    socket.destroy();
  });

  test("the answer's headers are forwarded, except cookies, CORS and HSTS, which would affect other local servers", async () => {
    const headers = {
      "x-note": "yes",
      "access-control-allow-origin": "*",
      "strict-transport-security": "max-age=1",
    };
    const url = await startUrl({
      answer: answerWith({ statusCode: 207, headers, cookies: ["a=b"] }, "whole"),
    });
    const proxy = await proxyTo(url.url);
    const response = await fetch(proxy.url);
    expect(response.status).toBe(207);
    expect(Object.fromEntries(response.headers)).toMatchObject({ "x-note": "yes" });
    const names = [...response.headers.keys()].join();
    expect(names).toMatch(/x-amzn-requestid/);
    expect(names).not.toMatch(/set-cookie|access-control|strict-transport/);
  });

  test("requests are forwarded with temporary credentials as well", async () => {
    const service = await serveVerifying();
    onTestFinished(() => service.close());
    const proxy = await proxyTo(service.url, { credentials: temporary, region: scope.region });
    const response = await fetch(proxy.url, { method: "POST", body: "x" });
    expect(await response.json()).toEqual({
      url: "/",
      method: "POST",
      type: "text/plain;charset=UTF-8",
      body: "x",
    });
  });

  test.skipIf(!programs["curl"])("a body of 5 MB is forwarded after 100 Continue", async () => {
    const url = await startUrl({ answer: answerWith({}) });
    const proxy = await proxyTo(url.url);
    const args = ["--silent", "--header", "expect: 100-continue", "--data-binary", "@-"];
    const curl = spawn("curl", [
      ...args,
      "--write-out",
      "%{http_code}",
      "--expect100-timeout",
      "1000",
      proxy.url,
    ]);
    curl.stdin.end(Buffer.alloc(5_000_000, "x"));
    expect((await finish(curl)).stdout).toBe("200");
  });
});
