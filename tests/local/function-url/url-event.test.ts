// Tests the event that the function gets for a request.
import { describe, expect, test } from "vitest";
import { answerWith, call, startUrl } from "../../support/servers/local-function-url.ts";
import type { Unsigned } from "../../support/requests/signing.ts";

const noon = Date.UTC(2020, 2, 12, 19, 3, 58);

async function eventOf(unsigned: Unsigned, unsent: Record<string, string> = {}) {
  const url = await startUrl({ answer: answerWith({}, "x"), now: () => noon });
  await call(url, unsigned, { unsent, date: new Date(noon) });
  return { ...url.invocations[0]!, port: url.port };
}

test("an event has every member of payload format 2.0", async () => {
  const { event, port, requestId, traceId } = await eventOf(
    {
      target: "/my/pa2%Fth?a=1&b=%C3%BC&a=2",
      body: Buffer.from('{"prompt":"Zażółć 🦔"}'),
      headers: {
        "Content-Type": "application/json; charset=utf-8",
        Cookie: "one=1; two=2",
        "User-Agent": "agent/1",
      },
    },
    { "X-Forwarded-For": "8.8.8.8", "x-amzn-trace-id": "mine" },
  );
  expect(event).toEqual({
    version: "2.0",
    routeKey: "$default",
    rawPath: "/my/pa2%Fth",
    rawQueryString: "a=1&b=%C3%BC&a=2",
    cookies: ["one=1", "two=2"],
    queryStringParameters: { a: "1,2", b: "ü" },
    headers: {
      host: `127.0.0.1:${port}`,
      "content-type": "application/json; charset=utf-8",
      cookie: "one=1; two=2",
      "user-agent": "agent/1",
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 /),
      "x-amz-date": "20200312T190358Z",
      "x-amz-content-sha256": expect.stringMatching(/^[0-9a-f]{64}$/),
      "content-length": "28",
      "x-amzn-trace-id": traceId,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-port": String(port),
      "x-forwarded-proto": "http",
    },
    requestContext: {
      accountId: "123456789012",
      apiId: "local",
      authentication: null,
      authorizer: {
        iam: {
          accessKey: "AKIDLOCAL",
          accountId: "123456789012",
          callerId: "AKIDLOCAL",
          cognitoIdentity: null,
          principalOrgId: null,
          userArn: "arn:aws:iam::123456789012:user/AKIDLOCAL",
          userId: "AKIDLOCAL",
        },
      },
      domainName: "127.0.0.1",
      domainPrefix: "local",
      http: {
        method: "POST",
        path: "/my/pa2%Fth",
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: "agent/1",
      },
      requestId,
      routeKey: "$default",
      stage: "$default",
      time: "12/Mar/2020:19:03:58 +0000",
      timeEpoch: noon,
    },
    body: '{"prompt":"Zażółć 🦔"}',
    isBase64Encoded: false,
  });
  expect(traceId).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
});

test("the event of a request without body, query or cookies lacks these members", async () => {
  const { event } = await eventOf({ method: "GET" });
  expect(event).toMatchObject({ rawPath: "/", rawQueryString: "", isBase64Encoded: false });
  for (const absent of ["body", "cookies", "queryStringParameters"]) expect(event).not.toHaveProperty(absent);
});

describe("the function gets a body as text", () => {
  const types = [
    "application/json",
    "text/plain; charset=utf-8",
    "application/xml",
    "image/svg+xml",
    "text/javascript",
  ];

  test.each(types)("a body of the type %s reaches the function as text", async (type) => {
    const { event } = await eventOf({ body: Buffer.from("\u{feff}ü\0"), headers: { "content-type": type } });
    expect(event).toMatchObject({ body: "\u{feff}ü\0", isBase64Encoded: false });
  });
});

describe("the function gets a body as base64", () => {
  const types = [
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "multipart/form-data",
    "image/png",
  ];

  test.each(types)("a body of the type %s reaches the function as base64", async (type) => {
    const { event } = await eventOf({ body: Buffer.from("ü"), headers: { "content-type": type } });
    expect(event).toMatchObject({ body: "w7w=", isBase64Encoded: true });
  });

  test("a body without a content type reaches the function as base64", async () => {
    expect((await eventOf({ body: Buffer.from("ü") })).event).toMatchObject({
      body: "w7w=",
      isBase64Encoded: true,
    });
  });

  test("JSON that is not UTF-8 reaches the function as base64, because text could not hold its bytes", async () => {
    const body = Buffer.from([0x22, 0xff, 0xc3, 0x22]);
    const { event } = await eventOf({ body, headers: { "content-type": "application/json" } });
    expect(event.isBase64Encoded).toBe(true);
    expect(Buffer.from(event.body!, "base64")).toEqual(body);
  });
});

test("a header is kept even if every object has a member with its name", async () => {
  const { event } = await eventOf({}, { __proto__x: "1", constructor: "2" });
  expect(event.headers).toMatchObject({ __proto__x: "1", constructor: "2" });
});

test("a header value is decoded as UTF-8, or as latin1 if it is not UTF-8", async () => {
  const { event } = await eventOf({ headers: { "x-note": "Zażółć" } }, { "x-old": "caf\u{e9}" });
  expect(event.headers).toMatchObject({ "x-note": "Zażółć", "x-old": "café" });
});
