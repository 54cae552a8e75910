// Tests signed requests as they arrive at a server that verifies them with AWS's own implementation.
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signRequest } from "../../lib/signer/index.ts";
import { readBody, type TestServer } from "../support/servers/http-server.ts";
import {
  permanent,
  scope,
  type WireReport,
  serveVerifying,
  temporary,
} from "../support/servers/verifying-server.ts";

const functionUrl = "https://abc123.lambda-url.eu-west-1.on.aws/";

let server: TestServer;

beforeAll(async () => {
  server = await serveVerifying();
});

afterAll(() => server.close());

interface Sendable {
  method: string;
  body?: string | undefined;
}

function send(url: URL, { method, body }: Sendable, headers: Record<string, string>): Promise<WireReport> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, (response) => {
      readBody(response).then((text) => resolve(JSON.parse(text.toString()) as WireReport), reject);
    });
    request.on("error", reject).end(body);
  });
}

describe("a signature", () => {
  // The names are those of AWS's own suite: https://github.com/awslabs/aws-c-auth/tree/main/tests/aws-signing-test-suite
  test.each([
    ["get-vanilla", "GET", "/", {}],
    ["get-vanilla-empty-query-key", "GET", "/?Param1=value1", {}],
    ["get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", {}],
    ["get-vanilla-query-order-value", "GET", "/?Param1=value2&Param1=value1", {}],
    ["get-vanilla-query-unreserved", "GET", "/?-._~0123456789ABCXYZabcxyz=-._~0123456789ABCXYZabcxyz", {}],
    ["get-vanilla-utf8-query", "GET", "/?ሴ=bar", {}],
    ["get-utf8", "GET", "/ሴ", {}],
    ["get-space-normalized", "GET", "/example%20space/", {}],
    ["get-relative-relative-normalized", "GET", "/example1/example2/../..", {}],
    ["get-slash-pointless-dot-normalized", "GET", "/./example", {}],
    ["get-header-value-order", "GET", "/", { "My-Header1": "value4,value1,value3,value2" }],
    ["get-header-value-trim", "GET", "/", { "My-Header1": " value1", "My-Header2": ' "a   b   c"' }],
    ["post-header-key-sort", "POST", "/", { "My-Header1": "value1" }],
    ["post-x-www-form-urlencoded", "POST", "/", { "Content-Type": "application/x-www-form-urlencoded" }],
  ])("the signature is valid in AWS's case %s", async (_, method, target, headers) => {
    const url = new URL(target, server.url);
    const body = method === "POST" ? "Param1=value1" : undefined;
    for (const credentials of [permanent, temporary]) {
      const signed = await signRequest({ method, url, headers, body }, { credentials, ...scope });
      const seen = await send(url, { method, body }, signed);
      expect(seen.fault).toBeUndefined();
    }
  });

  test("a signature is no longer valid when a byte of the request changes", async () => {
    const url = new URL("/path?a=1", server.url);
    const request = { method: "POST", url, headers: { "x-a": "1" }, body: "hello" };
    const headers = await signRequest(request, { credentials: permanent, ...scope });
    const resend = (changes: Partial<Sendable>, to = url, sent = headers) =>
      send(to, { method: "POST", body: "hello", ...changes }, sent);

    expect((await resend({})).fault).toBeUndefined();
    expect((await resend({ body: "hellO" })).fault).toBe("body hash");
    expect((await resend({ method: "PUT" })).fault).toBe("wrong signature");
    expect((await resend({}, new URL("/path?a=2", url))).fault).toBe("wrong signature");
    expect((await resend({}, new URL("/other?a=1", url))).fault).toBe("wrong signature");
    expect((await resend({}, url, { ...headers, "x-a": "2" })).fault).toBe("wrong signature");
  });

  test("signRequest() takes the service and the Region from a Function URL's host", async () => {
    const headers = await signRequest(
      { url: functionUrl },
      { credentials: permanent, date: new Date("2026-01-02T03:04:05.678Z") },
    );
    expect(headers).toMatchObject({
      host: "abc123.lambda-url.eu-west-1.on.aws",
      "x-amz-date": "20260102T030405Z",
    });
    expect(headers["authorization"]).toContain(
      "Credential=AKIDEXAMPLE/20260102/eu-west-1/lambda/aws4_request,",
    );
  });

  test("signRequest() keeps the caller's headers, and adds only those that a signature needs", async () => {
    const headers = { "X-Custom": "  a   b ", accept: "text/plain" };
    const signed = await signRequest(
      { method: "POST", url: functionUrl, headers, body: "{}" },
      { credentials: temporary },
    );
    expect(signed).toEqual({
      ...headers,
      host: "abc123.lambda-url.eu-west-1.on.aws",
      authorization: expect.stringContaining(
        "SignedHeaders=accept;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-custom,",
      ),
      "x-amz-content-sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
      "x-amz-date": expect.stringMatching(/^\d{8}T\d{6}Z$/),
      "x-amz-security-token": temporary.sessionToken,
    });
    expect(headers).toEqual({ "X-Custom": "  a   b ", accept: "text/plain" });
  });

  test("signRequest() uses new credentials from the provider for each request", async () => {
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return { ...permanent, accessKeyId: `AKID${asked}`, expiration: new Date(), accountId: "1" };
    };
    const first = await signRequest({ url: functionUrl }, { credentials });
    const second = await signRequest({ url: functionUrl }, { credentials });
    expect(first["authorization"]).toContain("Credential=AKID1/");
    expect(second["authorization"]).toContain("Credential=AKID2/");
  });
});
