// Responses that a proxy has changed: the error says so and does not blame the service, and the request is not retried.
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

/** Writes to the socket directly, as a faulty proxy might. */
function sendRaw({ response }: LineExchange, headers: string, body: string | Uint8Array): void {
  response.socket?.write(`HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n${headers}\r\n\r\n`);
  response.socket?.end(body);
}

describe("an altered stream", () => {
  test.each<[string, string, (exchange: LineExchange) => unknown]>([
    [
      "compression",
      "it was compressed (content-encoding gzip)",
      ({ response }) => send(response, gzipSync(sampleBytes), { "content-encoding": "gzip" }),
    ],
    [
      "compression with two codings",
      "it was compressed (content-encoding br, gzip)",
      ({ response }) => send(response, "x", { "content-encoding": "BR, gzip" }),
    ],
    [
      "compression without a header",
      "it was compressed with gzip",
      ({ response }) => send(response, gzipSync(sampleBytes)),
    ],
    [
      "a web page at the beginning",
      "a web page was put into it",
      ({ response }) => send(response, `${page}\n`),
    ],
    [
      "a web page at the end",
      "a web page was put into it",
      ({ response }) => send(response, Buffer.concat([start, Buffer.from(`\n  ${page}\n`)])),
    ],
    [
      "a content-length that is too short",
      `it was cut to its content-length of ${sampleBytes.length - 1} bytes`,
      (exchange) => sendRaw(exchange, `content-length: ${sampleBytes.length - 1}`, sampleBytes),
    ],
    [
      "a content-length together with chunked encoding",
      "its HTTP framing was broken",
      (exchange) =>
        sendRaw(exchange, "content-length: 5\r\ntransfer-encoding: chunked", '5\r\n{"typ\r\n0\r\n\r\n'),
    ],
    [
      "a chunk with a wrong length",
      "its HTTP framing was broken",
      (exchange) =>
        sendRaw(exchange, "transfer-encoding: chunked", `${start.length.toString(16)}\r\n${start}1\r\n`),
    ],
  ])("%s is reported as ResponseAltered, and the request is not retried", async (_, found, answer) => {
    const { error, attempts } = await tryRequest(answer);
    expect(error).toMatchObject({ name: "StreamFailedError", code: "ResponseAltered", retryable: false });
    expect(error.message).toBe(
      `Cannot read the stream: ${found}, probably by a proxy; let it pass application/x-ndjson unchanged`,
    );
    expect(attempts).toBe(1);
  });

  test.each([
    ["a correct content-length", { "content-length": String(sampleBytes.length) }],
    ["the content-encoding identity", { "content-encoding": "identity" }],
  ])("%s does not cause an error", async (_, headers) => {
    const { error } = await tryRequest(({ response }) => send(response, sampleBytes, headers));
    expect(error).toMatchObject({ message: sampleMessage });
  });

  test("a web page in mid-stream causes an error that has the part of the answer before the page", async () => {
    const delta = { type: "contentBlockDelta", contentBlockIndex: 0, delta: { text: "Hi" } };
    const bytes = Buffer.concat([start, toLines([delta]), Buffer.from(`${page}\n`)]);
    const { error } = await tryRequest(({ response }) => send(response, bytes));
    expect(error).toMatchObject({ requestId: "r", partial: { content: [{ text: "Hi" }] } });
  });
});

describe("an altered error response", () => {
  const html = { "content-type": "text/html; charset=utf-8" };

  test.each([
    [
      200,
      "ConfigurationError",
      /Cannot find a Deltapipe service .* a proxy or a login page answers instead of it$/,
    ],
    [
      403,
      "AuthorizationError",
      /^Cannot call the service: a web page came instead of its response \(status 403, text\/html/,
    ],
    [500, "ServiceError", /a web page came instead of its response \(status 500, text\/html/],
    [503, "RetryLaterError", /a web page came instead of its response \(status 503, text\/html/],
  ])(
    "a web page with status %i causes an error that does not blame the service or AWS",
    async (status, name, sentence) => {
      const { error } = await tryRequest(({ response }) => response.writeHead(status, html).end(page));
      expect(error).toMatchObject({ name });
      expect(error.message).toMatch(sentence);
      expect(error.message).not.toContain("SECRET");
    },
  );

  test("a compressed error response is reported as compressed, and the error does not blame the URL", async () => {
    const body = gzipSync(JSON.stringify(wireError("InvalidRequest", false)));
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const { error } = await tryRequest(({ response }) => response.writeHead(400, headers).end(body));
    expect(error).toMatchObject({
      code: "ResponseAltered",
      message:
        "Cannot read the response: it was compressed, probably by a proxy (status 400, application/json," +
        " content-encoding gzip); let it pass responses unchanged",
    });
    const forbidden = await tryRequest(({ response }) =>
      sendJson(response, 403, {}, { "content-encoding": "br" }),
    );
    expect(forbidden.error.message).toContain("content-encoding br");
  });
});
