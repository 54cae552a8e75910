// Tests which requests reach the function, and the error responses to all other requests.
import { once } from "node:events";
import { Agent } from "node:http";
import { describe, expect, test } from "vitest";
import { waitFor } from "../../support/deadline.ts";
import {
  answerWith,
  call,
  openRequest,
  responseTo,
  startUrl,
  readText,
} from "../../support/servers/local-function-url.ts";
import type { AwsSigningOptions } from "../../support/requests/signing.ts";

const maximumBytes = 6 * 1024 * 1024;

describe("a request that is rejected", () => {
  test("a request without a signature gets Lambda's error response", async () => {
    const url = await startUrl();
    const response = await fetch(url.url, { method: "POST", body: "{}" });
    expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([
      403,
      "AccessDeniedException",
    ]);
    expect(response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(await response.json()).toEqual({
      Message:
        "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    });
    expect(await url.reported()).toMatchObject({ status: 403, ended: "rejected" });
    expect(url.invocations).toHaveLength(0);
  });

  const cases: [AwsSigningOptions, string, RegExp][] = [
    [{ accessKeyId: "AKIDNOBODY" }, "UnrecognizedClientException", /^The security token included/],
    [{ secretAccessKey: "wrong" }, "InvalidSignatureException", /^The request signature we calculated/],
    [{ service: "execute-api" }, "InvalidSignatureException", /'lambda'/],
    [{ date: new Date(Date.now() - 600_000) }, "InvalidSignatureException", /^Signature expired/],
  ];

  test.each(cases)(
    "a request that is signed with %o gets Lambda's error response",
    async (options, type, message) => {
      const url = await startUrl();
      const response = await call(url, {}, options);
      expect([response.statusCode, response.headers["x-amzn-errortype"]]).toEqual([403, type]);
      expect(JSON.parse(await readText(response))).toEqual({ message: expect.stringMatching(message) });
      expect(url.invocations).toHaveLength(0);
    },
  );

  test("a request whose body was changed gets 403, and the connection stays open", async () => {
    const url = await startUrl();
    const agent = new Agent({ keepAlive: true });
    const request = await openRequest(url, { body: Buffer.from("{}") }, { agent });
    request.end("[]");
    const response = await responseTo(request);
    expect([response.statusCode, response.headers["connection"]]).toEqual([403, "keep-alive"]);
    agent.destroy();
  });

  test("an error response to HEAD has no body", async () => {
    const response = await call(await startUrl(), { method: "HEAD" }, { secretAccessKey: "wrong" });
    expect([response.statusCode, await readText(response)]).toEqual([403, ""]);
  });
});

describe("bodies", () => {
  test("a body of 6 MB reaches the function", async () => {
    const url = await startUrl({ answer: answerWith({}, "x") });
    const response = await call(url, {
      body: Buffer.alloc(maximumBytes, "x"),
      headers: { "content-type": "text/plain" },
    });
    expect([response.statusCode, url.invocations[0]?.event.body?.length]).toEqual([200, maximumBytes]);
  });

  test.each([
    ["if its length is declared", { "content-length": String(maximumBytes + 1) }],
    ["if it is chunked", { "transfer-encoding": "chunked" }],
  ])(
    "a body of 6 MB and one byte is rejected %s, even after the caller has sent all of it without reading",
    async (_, unsent) => {
      const url = await startUrl();
      const request = await openRequest(url, { body: Buffer.alloc(maximumBytes + 1) }, { unsent });
      const closed = once(request, "close");
      request.end(Buffer.alloc(maximumBytes + 1));
      const response = await responseTo(request);
      expect([
        response.statusCode,
        response.headers["x-amzn-errortype"],
        response.headers["connection"],
      ]).toEqual([413, "RequestEntityTooLargeException", "close"]);
      expect(JSON.parse(await readText(response))).toMatchObject({
        message: expect.stringContaining("6291456 bytes"),
      });
      await waitFor("the end of the connection, without a reset", closed);
      expect(await url.reported()).toMatchObject({ status: 413, ended: "rejected" });
      expect(url.invocations).toHaveLength(0);
    },
  );

  test("a body that is declared too large gets 413 instead of 100 Continue", async () => {
    const url = await startUrl();
    const request = await openRequest(
      url,
      {},
      { unsent: { expect: "100-continue", "content-length": String(maximumBytes + 1) } },
    );
    let continued = false;
    request.on("continue", () => (continued = true));
    request.on("error", () => {});
    request.flushHeaders();
    expect([(await responseTo(request)).statusCode, continued]).toEqual([413, false]);
    request.destroy();
  });

  test("a body that is cut short does not reach the function", async () => {
    const url = await startUrl();
    const request = await openRequest(
      url,
      { body: Buffer.from("{}") },
      { unsent: { "content-length": "2" } },
    );
    request.on("error", () => {});
    request.write("{", () => request.destroy());
    const report = await url.reported();
    expect([report.ended, report.status]).toEqual(["disconnected", undefined]);
    expect(url.invocations).toHaveLength(0);
  });
});
