// Tests that a request that was changed after signing is rejected with AWS's message.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readClaims } from "../../../lib/local/signature/signature-claims.ts";
import { expectedSignature } from "../../../lib/local/signature/expected-signature.ts";
import {
  addHeader,
  editAuthorization,
  mismatchMessage,
  rejection,
  setHeader,
  type Change,
} from "../../support/requests/changes.ts";
import { sign, verify } from "../../support/requests/signing.ts";

const originalBody = Buffer.from('{"prompt":"hi"}');
describe("a signed request is rejected with the mismatch message", () => {
  const changes: Record<string, Change> = {
    "with another body": (request) => ({ ...request, body: Buffer.from('{"prompt":"ho"}') }),
    "with an additional byte": (request) => ({
      ...request,
      body: Buffer.concat([request.body, Buffer.from(" ")]),
    }),
    "without its body": (request) => ({ ...request, body: Buffer.alloc(0) }),
    "with another method": (request) => ({ ...request, method: "PUT" }),
    "with another path": (request) => ({ ...request, target: "/b?q=1&q=2" }),
    "with an additional slash": (request) => ({ ...request, target: "/a/?q=1&q=2" }),
    "with another query value": (request) => ({ ...request, target: "/a?q=1&q=3" }),
    "with an additional query parameter": (request) => ({ ...request, target: "/a?q=1&q=2&z" }),
    "without one of its repeated parameters": (request) => ({ ...request, target: "/a?q=1" }),
    "with a parameter named __proto__": (request) => ({ ...request, target: "/a?q=1&q=2&__proto__=1" }),
    "with an invalid escape": (request) => ({ ...request, target: "/a?q=1&q=2&z=%zz" }),
    "with another host": setHeader("host", "127.0.0.1:9001"),
    "with another value of a signed header": setHeader("content-type", "text/plain"),
    "with another date on the same day": setHeader("x-amz-date", "20260301T115959Z"),
    "with a signed header sent twice": addHeader("content-type", "application/json"),
    "with the host sent twice": addHeader("host", "127.0.0.1:9000"),
    "without a signed header": (request) => ({
      ...request,
      headers: request.headers.filter(([name]) => name !== "content-type"),
    }),
    "with another body's hash": setHeader("x-amz-content-sha256", "0".repeat(64)),
    "with a wrong signature": editAuthorization(/Signature=.*/, `Signature=${"0".repeat(64)}`),
    "with a truncated signature": editAuthorization(/(Signature=.{63}).$/, "$1"),
    "with the signature in capitals": editAuthorization(/Signature=.*/, (text) =>
      text.toUpperCase().replace("SIGNATURE", "Signature"),
    ),
    "with a name in SignedHeaders twice": editAuthorization("host;", "host;host;"),
    "with the name of a missing header in SignedHeaders": editAuthorization("host;", "host;x-note;"),
    "with a header added to SignedHeaders": (request) =>
      addHeader("x-note", "1")(editAuthorization("x-amz-date,", "x-amz-date;x-note,")(request)),
  };

  test.each(Object.entries(changes))(
    "a signed request %s is rejected with the mismatch message",
    async (_, change) => {
      const request = await sign({
        target: "/a?q=1&q=2",
        body: originalBody,
        headers: { "content-type": "application/json" },
      });
      expect(await verify(request)).toMatchObject({ ok: true });
      expect(await verify(change(request))).toEqual(rejection("InvalidSignatureException", mismatchMessage));
    },
  );

  test("a signed request with another body and no hash header is rejected", async () => {
    const request = await sign({ body: originalBody }, { applyChecksum: false });
    const changed = { ...request, body: Buffer.from("{}") };
    expect(await verify(changed)).toEqual(rejection("InvalidSignatureException", mismatchMessage));
  });

  test.each(["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])(
    "a request with the payload hash %s is rejected, even if the hash was signed",
    async (hash) => {
      const request = await sign({ body: originalBody, headers: { "x-amz-content-sha256": hash } });
      expect(await verify(request)).toEqual(rejection("InvalidSignatureException", mismatchMessage));
    },
  );

  test("a request is rejected if its x-amz-content-sha256 is not the body's hash, even if this header was signed", async () => {
    const { headers, ...request } = await sign({ body: originalBody });
    const changed = setHeader("x-amz-content-sha256", "0".repeat(64))({ headers, ...request });
    const signature = await expectedSignature(changed, readClaims(changed), {
      bodyHash: createHash("sha256").update(originalBody).digest("hex"),
      accessKeyId: "AKIDLOCAL",
      secretAccessKey: "local-secret",
    });
    const signed = editAuthorization(/Signature=.*/, `Signature=${signature}`)(changed);
    expect(await verify(signed)).toEqual(rejection("InvalidSignatureException", mismatchMessage));
  });

  test("a signed request is rejected if an escape in its query was decoded once more", async () => {
    const request = await sign({ target: "/?q=%25FF" });
    expect(await verify(request)).toMatchObject({ ok: true });
    const changed = { ...request, target: "/?q=%FF" };
    expect(await verify(changed)).toEqual(rejection("InvalidSignatureException", mismatchMessage));
  });

  test("a request that was signed with a wrong secret is rejected", async () => {
    const request = await sign({}, { secretAccessKey: "not-the-secret" });
    expect(await verify(request)).toEqual(rejection("InvalidSignatureException", mismatchMessage));
  });
});
