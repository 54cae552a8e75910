// Tests requests that the signer rejects: each error says why, and contains no secret.
import { describe, expect, test } from "vitest";
import { AuthorizationError, ConfigurationError } from "../../lib/signer/index.ts";
import { signRequest } from "../../lib/signer/index.ts";

const permanent = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const temporary = { ...permanent, accessKeyId: "ASIAEXAMPLE", sessionToken: "token/with+chars==" };
const scope = { service: "lambda", region: "eu-west-1" };
const functionUrl = "https://abc123.lambda-url.eu-west-1.on.aws/";

describe("signRequest()", () => {
  const sign = (request: object, options: object = {}) =>
    signRequest({ url: functionUrl, ...request } as never, { credentials: permanent, ...options } as never);

  test.each([
    ["missing credentials", {}, { credentials: undefined }, "without credentials"],
    [
      "an empty accessKeyId",
      {},
      { credentials: { ...permanent, accessKeyId: "" } },
      "credentials.accessKeyId",
    ],
    [
      "a missing secretAccessKey",
      {},
      { credentials: { accessKeyId: "AKID" } },
      "credentials.secretAccessKey",
    ],
    [
      "a secret with a line break",
      {},
      { credentials: { ...permanent, secretAccessKey: "secret\n" } },
      "white space",
    ],
    ["a provider that returns nothing", {}, { credentials: async () => undefined }, "without credentials"],
    [
      "a temporary key without a token",
      {},
      { credentials: { ...temporary, sessionToken: "" } },
      "sessionToken",
    ],
    ["a host without a Region", { url: "https://example.com/" }, { service: "lambda" }, '"region"'],
    ["a host without a service", { url: "https://example.com/" }, { region: "eu-west-1" }, '"service"'],
    ["a Region other than the host's", {}, { region: "us-east-1" }, 'names "eu-west-1"'],
    ["a service other than the host's", {}, { service: "execute-api" }, 'names "lambda"'],
    [
      "a look-alike of a Function URL",
      { url: "https://abc.lambda-url.eu-west-1.on.aws.example.com/" },
      {},
      "service",
    ],
    [
      "S3, which has its own signing rules",
      { url: "https://example.com/" },
      { service: "s3", region: "eu-west-1" },
      '"s3"',
    ],
    ["an invalid date", {}, { date: new Date("no date") }, "invalid date"],
    ["plain http to another machine", { url: "http://example.com/" }, scope, "use https"],
    ["a URL with another protocol than http and https", { url: "ftp://localhost/" }, scope, '"ftp:"'],
    ["a relative URL", { url: "/path" }, {}, "absolute"],
    ["a URL with a password", { url: "https://user:secret@example.com/" }, scope, "password"],
    ["an empty path segment", { url: `${functionUrl}a//b` }, {}, '"//"'],
    ["a path that is not UTF-8", { url: `${functionUrl}%E4` }, {}, '"%"'],
    ["a query with a stray percent sign", { url: `${functionUrl}?a=100%` }, {}, '"%"'],
    ["a query with a plus", { url: `${functionUrl}?a=1+1` }, {}, "%2B"],
    ["a query parameter without a name", { url: `${functionUrl}?=v` }, {}, "without a name"],
    ["a query parameter called __proto__", { url: `${functionUrl}?__proto__=1` }, {}, "__proto__"],
    ["a raw bracket in the path", { url: `${functionUrl}[a]` }, {}, "percent-encoded"],
    ["a raw bar in the query", { url: `${functionUrl}?a=b|c` }, {}, "percent-encoded"],
    ["a method that fetch would not upper-case", { method: "patch" }, {}, '"patch"'],
    ["an unknown method", { method: "GIT" }, {}, '"GIT"'],
    ["an authorization header", { headers: { Authorization: "x" } }, {}, "authorization"],
    ["an x-amz-date header in upper case", { headers: { "X-AMZ-DATE": "x" } }, {}, "x-amz-date"],
    [
      "an unsigned payload",
      { headers: { "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD" } },
      {},
      "x-amz-content-sha256",
    ],
    ["a session token header", { headers: { "x-amz-security-token": "x" } }, {}, "x-amz-security-token"],
    [
      "a host header that differs from the URL",
      { headers: { Host: "example.com" } },
      {},
      "a host other than",
    ],
    ["two headers with the same name in an object", { headers: { "x-a": "1", "X-A": "2" } }, {}, "twice"],
    [
      "two headers with the same name in a list of pairs",
      {
        headers: [
          ["x-a", "1"],
          ["x-a", "2"],
        ],
      },
      {},
      "twice",
    ],
    ["a list as a header value", { headers: { "x-a": ["1", "2"] } }, {}, "printable ASCII"],
    ["an undefined header value", { headers: { "x-a": undefined } }, {}, "printable ASCII"],
    ["a header with non-ASCII characters", { headers: { "x-a": "grün" } }, {}, "printable ASCII"],
    ["a header with a line break", { headers: { "x-a": "1\r\nx-b: 2" } }, {}, "printable ASCII"],
    ["a malformed header name", { headers: { "x a": "1" } }, {}, "header name"],
    ["a body that is an object", { body: { prompt: "hi" } }, {}, "neither a string nor bytes"],
    ["a body that is a stream", { body: new ReadableStream() }, {}, "read a stream into memory first"],
  ])("signRequest() rejects %s and gives the reason", async (_, request, options, reason) => {
    const error: unknown = await sign(request, options).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain(reason);
    expect((error as Error).message).not.toMatch(/secret\b|wJalr/);
  });

  test("signRequest() throws an AuthorizationError with the provider's error as the cause if the provider fails", async () => {
    const cause = new Error("The SSO session has expired");
    const error: unknown = await sign({}, { credentials: () => Promise.reject(cause) }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(AuthorizationError);
    expect(error).toMatchObject({
      message: "Cannot get AWS credentials: The SSO session has expired",
      cause,
    });
  });

  test.each(["http://localhost:3000/", "http://127.0.0.1/", "http://[::1]:8080/", "http://app.localhost/"])(
    "signRequest() accepts the plain http URL %s, because its host is this machine",
    async (url) => {
      expect(await sign({ url }, scope)).toHaveProperty("authorization");
    },
  );
});
