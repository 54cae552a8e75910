// What Bedrock's refusals become: held against what becomes of them with AWS's own SDK, answer for answer.
import { get, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { readBedrockErrorResponse } from "../../../lib/stream/bedrock/failed-attempt.ts";
import { callOutcome, startCallers, emptyStream, type Reply } from "../../support/callers/bedrock-callers.ts";
import { waitFor } from "../../support/deadline.ts";
import { serve } from "../../support/servers/http-server.ts";

const json = { "content-type": "application/json" };
const typed = (name: string) => ({ ...json, "x-amzn-errortype": name });
const refusal = (status: number, name: string, message = "No"): Reply => ({
  status,
  headers: typed(name),
  body: JSON.stringify({ message }),
});

test.each<[what: string, reply: Reply]>([
  ["a name with an address", refusal(400, "ValidationException:http://internal.amazon.com/")],
  ["a name with a namespace", refusal(400, "com.amazon.bedrock#ValidationException")],
  ["two names", refusal(400, "ValidationException,Other")],
  [
    "its name in the body",
    { status: 400, headers: json, body: `{"code":"ValidationException","message":"No"}` },
  ],
  [
    "its shape in the body",
    { status: 400, headers: json, body: `{"__type":"a#ValidationException","Message":"No"}` },
  ],
  [
    "its name in the body in capitals",
    { status: 400, headers: json, body: `{"Code":"ValidationException","Message":"No"}` },
  ],
  ["a message in capitals", { status: 400, headers: typed("ValidationException"), body: `{"Message":"No"}` }],
  ["an unknown name", refusal(400, "NewException")],
  ["a name like a member of every object", refusal(400, "constructor")],
  ["a name that is none", refusal(400, "<script>alert(1)</script>")],
  ["an expired token", refusal(403, "ExpiredTokenException", "The security token is expired")],
  [
    "a role that may not",
    refusal(403, "AccessDeniedException", "User: arn:aws:sts::123456789012:assumed-role/r"),
  ],
  ["a model that is not there", refusal(404, "ResourceNotFoundException")],
  ["a model that has timed out", refusal(408, "ModelTimeoutException")],
  ["a model that failed", refusal(424, "ModelErrorException")],
  ["throttling", refusal(429, "ThrottlingException", "Too many requests")],
  ["throttling by another status", refusal(400, "ThrottlingException")],
  ["a model that is not ready", refusal(429, "ModelNotReadyException")],
  ["a quota", refusal(400, "ServiceQuotaExceededException")],
  ["an internal failure", refusal(500, "InternalServerException")],
  ["an internal failure without a name", { status: 500 }],
  ["a service that is not available", refusal(503, "ServiceUnavailableException")],
  ["no words at all", { status: 404 }],
  ["a gateway's time", { status: 504 }],
  ["a failure of an unknown status", refusal(599, "Strange")],
])("%s becomes what it becomes with the SDK, after as many attempts", async (_, reply) => {
  const { ours, theirs } = await startCallers(reply);
  const [mine, expected] = await Promise.all([callOutcome(ours), callOutcome(theirs)]);
  expect(mine).toEqual(expected);
  expect(ours.seen.length).toBe(theirs.seen.length);
});

const validation = typed("ValidationException");
const html = { "content-type": "text/html" };

/** With these the SDK throws what it stumbled over, or says "UnknownError" to the caller. */
test.each<[what: string, attempts: number, reply: Reply, becomes: object]>([
  ["no message", 1, { status: 400, headers: validation, body: "{}" }, { name: "ValidationException" }],
  ["no body", 1, { status: 400, headers: validation }, { name: "ValidationException" }],
  ["a list", 1, { status: 400, headers: validation, body: "[]" }, { name: "ValidationException" }],
  ["null", 1, { status: 400, headers: validation, body: "null" }, { name: "ValidationException" }],
  [
    "a number for a message",
    1,
    { status: 400, headers: validation, body: `{"message":7}` },
    { name: "ValidationException", message: "7" },
  ],
  [
    "a message beyond all measure",
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
    "a page",
    1,
    { status: 403, headers: html, body: "<p>" },
    { name: "UpstreamInvalid", detail: "Unknown (HTTP 403)" },
  ],
  [
    "a page with a name",
    1,
    { status: 403, headers: { ...html, ...typed("AccessDeniedException") }, body: "<p>" },
    { name: "UpstreamAccessDenied" },
  ],
  [
    "a page that throttles",
    2,
    { status: 429, headers: html, body: "<p>" },
    { name: "ThrottlingException", retryable: true, detail: "Unknown (HTTP 429)" },
  ],
  ["a gateway's page", 2, { status: 502, headers: html, body: "<p>" }, { name: "UpstreamUnreachable" }],
  [
    "a redirect",
    1,
    { status: 307, headers: { location: "http://127.0.0.1:1/" } },
    { name: "UpstreamInvalid", detail: "Unknown (HTTP 307)" },
  ],
  [
    "an event stream that is compressed",
    1,
    { status: 200, headers: { ...emptyStream.headers, "content-encoding": "gzip" }, body: "x" },
    { name: "UpstreamInvalid", detail: "content-encoding: gzip" },
  ],
  [
    "a type that begins like an event stream's",
    1,
    { status: 200, headers: { "content-type": "application/vnd.amazon.eventstreams" } },
    { name: "UpstreamInvalid" },
  ],
  ["success without a stream", 1, { status: 200, headers: json, body: "{}" }, { name: "UpstreamInvalid" }],
  ["success of another kind", 1, { status: 204 }, { name: "UpstreamInvalid", detail: "Unknown (HTTP 204)" }],
])(
  "a refusal with %s is understood as far as it goes, after attempts: %i",
  async (_, attempts, reply, becomes) => {
    const { ours } = await startCallers(reply);
    expect(await callOutcome(ours)).toMatchObject(becomes);
    expect(ours.seen.length).toBe(attempts);
  },
);

test("a refusal whose body does not end is told by its status, and not waited for", async () => {
  const server = await serve((_, response) => {
    response.writeHead(503, typed("ServiceUnavailableException")).write(`{"message":`);
  });
  onTestFinished(() => server.close());
  const answered = new Promise<IncomingMessage>((resolve) => get(server.url, resolve));
  const refused = await waitFor("The refusal's head", answered);
  const { error } = await waitFor("The refusal", readBedrockErrorResponse(refused));
  expect(error).toMatchObject({ name: "ServiceUnavailableException" });
  expect(refused.destroyed).toBe(true);
});

test.each([
  "Application/Vnd.Amazon.EventStream",
  "APPLICATION/VND.AMAZON.EVENTSTREAM; charset=utf-8",
  "application/vnd.amazon.eventstream ;x=y",
])("an event stream is one however its type is written: %s", async (type) => {
  const { ours } = await startCallers({ status: 200, headers: { "content-type": type } });
  expect(await callOutcome(ours)).toBe("a stream");
});

test("what a refused signature quotes of the request's headers is not in the log", async () => {
  const quoted =
    "The Canonical String for this request should have been\n'POST\nx-amz-security-token:to/ken'";
  const body = JSON.stringify({ message: `The request signature does not match.\n\n${quoted}` });
  const { ours } = await startCallers({ status: 403, headers: typed("InvalidSignatureException"), body });
  expect(await callOutcome(ours)).toMatchObject({
    name: "UpstreamAccessDenied",
    detail: "InvalidSignatureException: The request signature does not match.",
  });
});

test.each<[headers: OutgoingHttpHeaders, milliseconds: number]>([
  [{}, 0],
  [{ "retry-after": "3" }, 3000],
  [{ "retry-after": "0.5" }, 500],
  [{ "x-amz-retry-after": "1500" }, 1500],
  [{ "retry-after": new Date(Date.now() + 3_600_000).toUTCString() }, 3_600_000],
  [{ "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }, 0],
  [{ "retry-after": "soon", "x-amz-retry-after": "later" }, 0],
])("with %j a refusal asks for a wait of %i ms", async (headers, milliseconds) => {
  const server = await serve((_, response) => response.writeHead(429, headers).end());
  onTestFinished(() => server.close());
  const answered = new Promise<IncomingMessage>((resolve) => get(server.url, resolve));
  const { retryAfter } = await readBedrockErrorResponse(await waitFor("The refusal", answered));
  expect(retryAfter).toBeLessThanOrEqual(milliseconds);
  // The date was written when the tests began.
  if (milliseconds > 10_000) expect(retryAfter).toBeGreaterThan(milliseconds / 2);
  else expect(retryAfter).toBe(milliseconds);
});
