// Tests that signatures from AWS's own signer are accepted.
import { describe, expect, test } from "vitest";
import { noon, presign, sign, verify, type Unsigned } from "../../support/requests/signing.ts";

const signedBody = Buffer.from('{"prompt":"Zażółć 🦔"}');

describe("a header signature by @smithy/signature-v4 is accepted", () => {
  const requests: Record<string, Unsigned> = {
    "a POST with a body": { body: signedBody, headers: { "content-type": "application/json" } },
    "a GET": { method: "GET" },
    "repeated and unsorted query parameters": { target: "/?b=2&a=1&b=1&empty" },
    "a query with escapes": { target: "/?q=a%20b%2Fc%26d&%C3%BC=%F0%9F%A6%94" },
    "a path with escapes": { target: "/a%20b/c:d/%E2%82%AC" },
    "a path with empty and dotted segments": { target: "//a/./b/../c/" },
    "a header value with inner spaces and non-ASCII text": { headers: { "x-note": "a   b  ż" } },
    "header names that begin alike": { headers: { "x-foo": "1", "x-foo-bar": "2" } },
    "headers that signers leave out by default": { headers: { "user-agent": "me", expect: "100-continue" } },
    "another host": { headers: { host: "localhost:9000" } },
  };

  test.each(Object.entries(requests))("a header signature for %s is accepted", async (_, unsigned) => {
    expect(await verify(await sign(unsigned))).toMatchObject({ ok: true });
  });

  test("a signature without x-amz-content-sha256 is accepted, because the verifier hashes the body itself", async () => {
    const request = await sign({ body: signedBody }, { applyChecksum: false });
    expect(request.headers.map(([name]) => name)).not.toContain("x-amz-content-sha256");
    expect(await verify(request)).toMatchObject({ ok: true });
  });

  test("a signature for a header that is sent twice is accepted", async () => {
    const request = await sign({ headers: { "x-note": "one,two" } });
    const headers = request.headers.filter(([name]) => name !== "x-note");
    const twice = { ...request, headers: [...headers, ["X-Note", "one"], ["x-note", " two "]] };
    expect(await verify(twice as typeof request)).toMatchObject({ ok: true });
  });

  test("SignedHeaders may name the headers in another order than the signer did", async () => {
    const request = await sign({ headers: { "content-type": "text/plain" } });
    const headers = request.headers.map(([name, value]) => [
      name,
      value.replace("content-type;host;", "host;content-type;"),
    ]);
    expect(await verify({ ...request, headers } as typeof request)).toMatchObject({ ok: true });
  });

  test("a header signature by a temporary key with its session token is accepted", async () => {
    expect(await verify(await sign({}, { accessKeyId: "ASIATEMPORARY" }))).toMatchObject({ ok: true });
  });

  test("a signature for another service is accepted if the verifier is configured for that service", async () => {
    const request = await sign({ target: "/model/a%3Ab/converse-stream" }, { service: "bedrock" });
    expect(await verify(request, { service: "bedrock" })).toMatchObject({ ok: true });
  });

  test("a signature is accepted with HTTP/2's :authority in place of the host header", async () => {
    const request = await sign();
    const headers = request.headers.map(([name, value]) => [name === "host" ? ":authority" : name, value]);
    expect(await verify({ ...request, headers } as typeof request)).toMatchObject({ ok: true });
  });

  test.each([300_000, -300_000])(
    "a signature whose date is off by %i ms, the limit of the clock skew, is accepted",
    async (offset) => {
      expect(await verify(await sign(), { now: noon + offset })).toMatchObject({ ok: true });
    },
  );

  test("a signature whose date is off by a quarter of an hour is accepted if the verifier allows that", async () => {
    expect(await verify(await sign(), { now: noon + 900_000, skewMs: 900_000 })).toMatchObject({ ok: true });
  });

  test("the verifier returns the signer's identity", async () => {
    const credentials = () => ({
      secretAccessKey: "local-secret",
      accountId: "111122223333",
      userArn: "arn:aws:sts::111122223333:assumed-role/reader/me",
      userId: "AROAEXAMPLE:me",
    });
    expect(await verify(await sign(), { credentials })).toEqual({
      ok: true,
      identity: {
        accessKeyId: "AKIDLOCAL",
        accountId: "111122223333",
        userArn: "arn:aws:sts::111122223333:assumed-role/reader/me",
        userId: "AROAEXAMPLE:me",
      },
    });
  });
});

describe("a presigned URL by @smithy/signature-v4 is accepted", () => {
  test("a presigned URL is accepted until it expires", async () => {
    const request = await presign({ target: "/a%20b?q=%2F" }, { expiresIn: 3600 });
    expect(await verify(request, { now: noon + 3_600_000 })).toMatchObject({ ok: true });
  });

  test("a presigned URL by a temporary key is accepted", async () => {
    expect(await verify(await presign({}, { accessKeyId: "ASIATEMPORARY" }))).toMatchObject({ ok: true });
  });
});

describe("a path of Bedrock's operations", () => {
  const body = Buffer.from("{}");
  const profile = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0";
  const targets = {
    "an encoded colon": "/model/amazon.nova-lite-v1%3A0/converse-stream",
    "a colon": "/model/amazon.nova-lite-v1:0/converse-stream",
    "an encoded ARN": `/model/${encodeURIComponent(profile)}/converse`,
    "an ARN with its slash": `/model/${profile}/converse`,
    "an ARN with only its colons encoded": `/model/${profile.replaceAll(":", "%3A")}/converse`,
  };

  test.each(Object.entries(targets))(
    "a path with %s is accepted if it was signed in this spelling",
    async (_, target) => {
      expect(await verify(await sign({ target, body }))).toMatchObject({ ok: true });
    },
  );

  test.each(Object.entries(targets))(
    "a path that was signed with %s is rejected in any other spelling",
    async (_, target) => {
      const request = await sign({ target, body });
      for (const other of Object.values(targets).filter((each) => each !== target)) {
        expect(await verify({ ...request, target: other })).toMatchObject({ ok: false });
      }
    },
  );
});
