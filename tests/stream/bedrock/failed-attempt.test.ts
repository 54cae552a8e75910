// Tests the errors that Bedrock's responses become. After an error response in Bedrock's usual form, the error and the number of
// attempts are the same as with AWS's own SDK.
import { get, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { readBedrockErrorResponse } from "../../../lib/stream/bedrock/failed-attempt.ts";
import {
  callOutcome,
  startCallers,
  emptyStream,
  type BedrockReply,
} from "../../support/callers/bedrock-callers.ts";
import { waitFor } from "../../support/deadline.ts";
import { serve } from "../../support/servers/http-server.ts";

const json = { "content-type": "application/json" };
const typed = (name: string) => ({ ...json, "x-amzn-errortype": name });
const errorResponse = (status: number, name: string, message = "No"): BedrockReply => ({
  status,
  headers: typed(name),
  body: JSON.stringify({ message }),
});

describe("error responses", () => {
  test.each<[found: string, reply: BedrockReply]>([
    ["a name with an address", errorResponse(400, "ValidationException:http://internal.amazon.com/")],
    ["a name with a namespace", errorResponse(400, "com.amazon.bedrock#ValidationException")],
    ["two names", errorResponse(400, "ValidationException,Other")],
    [
      "a name in the body",
      { status: 400, headers: json, body: `{"code":"ValidationException","message":"No"}` },
    ],
    [
      "a name in the member __type of the body",
      { status: 400, headers: json, body: `{"__type":"a#ValidationException","Message":"No"}` },
    ],
    [
      "a name in a capitalized member of the body",
      { status: 400, headers: json, body: `{"Code":"ValidationException","Message":"No"}` },
    ],
    [
      "a message in a capitalized member",
      { status: 400, headers: typed("ValidationException"), body: `{"Message":"No"}` },
    ],
    ["an unknown name", errorResponse(400, "NewException")],
    ["a name that every object has as a member", errorResponse(400, "constructor")],
    ["a name that is not an identifier", errorResponse(400, "<script>alert(1)</script>")],
    ["an expired token", errorResponse(403, "ExpiredTokenException", "The security token is expired")],
    [
      "a role without permission",
      errorResponse(403, "AccessDeniedException", "User: arn:aws:sts::123456789012:assumed-role/r"),
    ],
    ["a model that does not exist", errorResponse(404, "ResourceNotFoundException")],
    ["a model that has timed out", errorResponse(408, "ModelTimeoutException")],
    ["a model that failed", errorResponse(424, "ModelErrorException")],
    ["throttling", errorResponse(429, "ThrottlingException", "Too many requests")],
    ["throttling with another status", errorResponse(400, "ThrottlingException")],
    ["a model that is not ready", errorResponse(429, "ModelNotReadyException")],
    ["an exceeded quota", errorResponse(400, "ServiceQuotaExceededException")],
    ["an internal failure", errorResponse(500, "InternalServerException")],
    ["an internal failure without a name", { status: 500 }],
    ["a service that is not available", errorResponse(503, "ServiceUnavailableException")],
    ["an empty body", { status: 404 }],
    ["a gateway's timeout", { status: 504 }],
    ["an unknown status", errorResponse(599, "Strange")],
  ])(
    "an error response becomes the same error as with the SDK, after as many attempts: %s",
    async (_, reply) => {
      const { ours, oursWithSdk, theirs } = await startCallers(reply);
      const [mine, withSdk, expected] = await Promise.all(
        [ours, oursWithSdk, theirs].map((each) => callOutcome(each)),
      );
      expect(mine).toEqual(expected);
      expect(withSdk).toEqual(expected);
      expect(ours.seen.length).toBe(theirs.seen.length);
      expect(oursWithSdk.seen.length).toBe(theirs.seen.length);
    },
  );

  const validation = typed("ValidationException");
  const html = { "content-type": "text/html" };

  /** Not compared with the SDK, which throws a parser's error or an "UnknownError" for these responses. */
  test.each<[found: string, attempts: number, reply: BedrockReply, becomes: object]>([
    ["no message", 1, { status: 400, headers: validation, body: "{}" }, { name: "ValidationException" }],
    ["no body", 1, { status: 400, headers: validation }, { name: "ValidationException" }],
    [
      "a list as its body",
      1,
      { status: 400, headers: validation, body: "[]" },
      { name: "ValidationException" },
    ],
    [
      "null as its body",
      1,
      { status: 400, headers: validation, body: "null" },
      { name: "ValidationException" },
    ],
    [
      "a number for a message",
      1,
      { status: 400, headers: validation, body: `{"message":7}` },
      { name: "ValidationException", message: "7" },
    ],
    [
      "a message of 100,000 characters",
      1,
      { status: 400, headers: validation, body: JSON.stringify({ message: "x".repeat(100_000) }) },
      { name: "ValidationException", message: "Bedrock answered ValidationException" },
    ],
    [
      "a body that is cut short",
      1,
      { status: 400, headers: validation, body: `{"message":`, isCut: true },
      { name: "ValidationException", message: "Bedrock answered ValidationException" },
    ],
    [
      "a web page",
      1,
      { status: 403, headers: html, body: "<p>" },
      { name: "UpstreamInvalid", detail: "Unknown (HTTP 403)" },
    ],
    [
      "a web page and an error type",
      1,
      { status: 403, headers: { ...html, ...typed("AccessDeniedException") }, body: "<p>" },
      { name: "UpstreamAccessDenied" },
    ],
    [
      "a web page and status 429",
      2,
      { status: 429, headers: html, body: "<p>" },
      { name: "ThrottlingException", retryable: true, detail: "Unknown (HTTP 429)" },
    ],
    ["a gateway's web page", 2, { status: 502, headers: html, body: "<p>" }, { name: "UpstreamUnreachable" }],
    [
      "a redirect",
      1,
      { status: 307, headers: { location: "http://127.0.0.1:1/" } },
      { name: "UpstreamInvalid", detail: "Unknown (HTTP 307)" },
    ],
    [
      "a compressed event stream",
      1,
      { status: 200, headers: { ...emptyStream.headers, "content-encoding": "gzip" }, body: "x" },
      { name: "UpstreamInvalid", detail: "content-encoding: gzip" },
    ],
    [
      "a content type that begins like an event stream's",
      1,
      { status: 200, headers: { "content-type": "application/vnd.amazon.eventstreams" } },
      { name: "UpstreamInvalid" },
    ],
    ["status 200 but no stream", 1, { status: 200, headers: json, body: "{}" }, { name: "UpstreamInvalid" }],
    ["status 204", 1, { status: 204 }, { name: "UpstreamInvalid", detail: "Unknown (HTTP 204)" }],
  ])("a faulty response with %s becomes an error, attempts: %i", async (_, attempts, reply, becomes) => {
    const { ours, oursWithSdk } = await startCallers(reply);
    for (const caller of [ours, oursWithSdk]) {
      expect(await callOutcome(caller)).toMatchObject(becomes);
      expect(caller.seen.length).toBe(attempts);
    }
  });

  test("an error response whose body does not end becomes the error that its header names", async () => {
    const server = await serve((_, response) => {
      response.writeHead(503, typed("ServiceUnavailableException")).write(`{"message":`);
    });
    onTestFinished(() => server.close());
    const responded = new Promise<IncomingMessage>((resolve) => get(server.url, resolve));
    const response = await waitFor("the headers of the response", responded);
    const { error } = await waitFor("the error", readBedrockErrorResponse(response));
    expect(error).toMatchObject({ name: "ServiceUnavailableException" });
    expect(response.destroyed).toBe(true);
  });

  test("the headers that an error response about a wrong signature quotes do not reach the log", async () => {
    const quoted =
      "The Canonical String for this request should have been\n'POST\nx-amz-security-token:to/ken'";
    const body = JSON.stringify({ message: `The request signature does not match.\n\n${quoted}` });
    const { ours, oursWithSdk } = await startCallers({
      status: 403,
      headers: typed("InvalidSignatureException"),
      body,
    });
    for (const caller of [ours, oursWithSdk]) {
      expect(await callOutcome(caller)).toMatchObject({
        name: "UpstreamAccessDenied",
        detail: "InvalidSignatureException: The request signature does not match.",
      });
    }
  });

  test.each<[headers: OutgoingHttpHeaders, milliseconds: number]>([
    [{}, 0],
    [{ "retry-after": "3" }, 3000],
    [{ "retry-after": "0.5" }, 500],
    [{ "x-amz-retry-after": "1500" }, 1500],
    [{ "x-amz-retry-after": "1500", "retry-after": "3" }, 1500],
    [{ "x-amz-retry-after": "0", "retry-after": "3" }, 0],
    [{ "x-amz-retry-after": "99999999999" }, 2_147_483_647],
    [{ "retry-after": new Date(Date.now() + 3_600_000).toUTCString() }, 3_600_000],
    [{ "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }, 0],
    [{ "retry-after": "soon", "x-amz-retry-after": "later" }, 0],
  ])("an error response with %j asks for a wait of %i ms", async (headers, milliseconds) => {
    const server = await serve((_, response) => response.writeHead(429, headers).end());
    onTestFinished(() => server.close());
    const responded = new Promise<IncomingMessage>((resolve) => get(server.url, resolve));
    const { retryAfter, error } = await readBedrockErrorResponse(await waitFor("the response", responded));
    expect(error.retryHint?.milliseconds ?? 0).toBe(retryAfter);
    const [header] = Object.entries(headers);
    if (milliseconds > 0) expect(error.retryHint?.header).toEqual(header);
    expect(retryAfter).toBeLessThanOrEqual(milliseconds);
    // The date in the rows was an hour ahead when this file was loaded, so the wait is now a little shorter.
    if (milliseconds > 10_000) expect(retryAfter).toBeGreaterThan(milliseconds / 2);
    else expect(retryAfter).toBe(milliseconds);
  });
});

describe("a response", () => {
  test.each([
    "Application/Vnd.Amazon.EventStream",
    "APPLICATION/VND.AMAZON.EVENTSTREAM; charset=utf-8",
    "application/vnd.amazon.eventstream ;x=y",
  ])("a response with the content type %s is recognized as an event stream", async (type) => {
    const { ours, oursWithSdk } = await startCallers({ status: 200, headers: { "content-type": type } });
    for (const caller of [ours, oursWithSdk]) expect(await callOutcome(caller)).toBe("a stream");
  });
});
