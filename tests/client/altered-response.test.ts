// What proxies and the like do to an answer is told as that: it is neither the service's fault nor worth a repetition.
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { LineExchange } from "../support/servers/line-service.ts";
import { sendJson, streamHeaders, wireError } from "../support/servers/line-service.ts";
import { tryRequest } from "../support/callers/one-request.ts";
import { sampleBytes, sampleMessage, toLines } from "../support/frames/sample-stream.ts";

const start = toLines([{ type: "start", version: 1, requestId: "r", modelId: "m" }]);
const page = "<html><h1>SECRET</h1></html>";

function send(response: LineExchange["response"], bytes: Uint8Array | string, headers: object = {}): void {
  response.writeHead(200, { ...streamHeaders, ...headers }).end(bytes);
}

/** Bytes below HTTP, as a bad proxy writes them. */
function sendRaw({ response }: LineExchange, headers: string, body: string | Uint8Array): void {
  response.socket?.write(`HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n${headers}\r\n\r\n`);
  response.socket?.end(body);
}

describe("a stream", () => {
  test.each<[string, string, (exchange: LineExchange) => unknown]>([
    [
      "is compressed",
      "it is compressed (content-encoding gzip)",
      ({ response }) => send(response, gzipSync(sampleBytes), { "content-encoding": "gzip" }),
    ],
    [
      "is compressed by two codings",
      "it is compressed (content-encoding br, gzip)",
      ({ response }) => send(response, "x", { "content-encoding": "BR, gzip" }),
    ],
    [
      "is compressed, and the header does not say so",
      "it is compressed with gzip",
      ({ response }) => send(response, gzipSync(sampleBytes)),
    ],
    ["begins with a web page", "it holds a web page", ({ response }) => send(response, `${page}\n`)],
    [
      "ends with a web page",
      "it holds a web page",
      ({ response }) => send(response, Buffer.concat([start, Buffer.from(`\n  ${page}\n`)])),
    ],
    [
      "has a length that is too short",
      `its content-length, ${sampleBytes.length - 1} bytes, ends it before its last line`,
      (exchange) => sendRaw(exchange, `content-length: ${sampleBytes.length - 1}`, sampleBytes),
    ],
    [
      "has two lengths",
      "its framing is not HTTP's",
      (exchange) =>
        sendRaw(exchange, "content-length: 5\r\ntransfer-encoding: chunked", '5\r\n{"typ\r\n0\r\n\r\n'),
    ],
    [
      "has a wrong length of a chunk",
      "its framing is not HTTP's",
      (exchange) =>
        sendRaw(exchange, "transfer-encoding: chunked", `${start.length.toString(16)}\r\n${start}1\r\n`),
    ],
  ])("that %s is told as that", async (_, what, answer) => {
    const { error, attempts } = await tryRequest(answer);
    expect(error).toMatchObject({ name: "StreamFailedError", code: "ResponseAltered", retryable: false });
    expect(error.message).toBe(
      `Cannot read the stream: ${what}; something between here and the service, such as a proxy, did that:` +
        " let it pass application/x-ndjson unchanged",
    );
    expect(attempts).toBe(1);
  });

  test.each([
    ["with a length that is right", { "content-length": String(sampleBytes.length) }],
    ["with the coding identity", { "content-encoding": "identity" }],
  ])("%s is read", async (_, headers) => {
    const { error } = await tryRequest(({ response }) => send(response, sampleBytes, headers));
    expect(error).toMatchObject({ message: sampleMessage });
  });

  test("keeps what had arrived before", async () => {
    const delta = { type: "contentBlockDelta", contentBlockIndex: 0, delta: { text: "Hi" } };
    const bytes = Buffer.concat([start, toLines([delta]), Buffer.from(`${page}\n`)]);
    const { error } = await tryRequest(({ response }) => send(response, bytes));
    expect(error).toMatchObject({ requestId: "r", partial: { content: [{ text: "Hi" }] } });
  });
});

describe("a refusal", () => {
  const html = { "content-type": "text/html; charset=utf-8" };

  test.each([
    [200, "ConfigurationError", /no Deltapipe service .* a proxy or a login page answers in its place$/],
    [
      403,
      "AuthorizationError",
      /^A web page came in place of the service's answer: found status 403, text\/html/,
    ],
    [500, "ServiceError", /^A web page came in place of the service's answer: found status 500, text\/html/],
    [
      503,
      "RetryLaterError",
      /^A web page came in place of the service's answer: found status 503, text\/html/,
    ],
  ])("of %i as a web page does not blame the service or AWS", async (status, name, sentence) => {
    const { error } = await tryRequest(({ response }) => response.writeHead(status, html).end(page));
    expect(error).toMatchObject({ name });
    expect(error.message).toMatch(sentence);
    expect(error.message).not.toContain("SECRET");
  });

  test("that is compressed says so, and blames no URL", async () => {
    const body = gzipSync(JSON.stringify(wireError("InvalidRequest", false)));
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const { error } = await tryRequest(({ response }) => response.writeHead(400, headers).end(body));
    expect(error).toMatchObject({
      code: "ResponseAltered",
      message:
        "Cannot read the response: found status 400, application/json, compressed on the way (gzip);" +
        " let what is between here and the service pass it unchanged",
    });
    const forbidden = await tryRequest(({ response }) =>
      sendJson(response, 403, {}, { "content-encoding": "br" }),
    );
    expect(forbidden.error.message).toContain("compressed on the way (br)");
  });
});
