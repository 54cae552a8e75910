// Tests the errors for presigned URLs.
import { describe, expect, test } from "vitest";
import { addHeader, editTarget, rejection, type Change } from "../../support/requests/changes.ts";
import { noon, presign, verify, type Unsigned } from "../../support/requests/signing.ts";

const jsonBody = Buffer.from("{}");

describe("a presigned URL is rejected", () => {
  const cases: Record<string, [Unsigned, Change, string]> = {
    "with a body": [{ method: "POST" }, (request) => ({ ...request, body: jsonBody }), "Invalid"],
    "with a body that was signed": [{ method: "POST", body: jsonBody }, (request) => request, "Invalid"],
    "with an additional parameter": [{}, editTarget(/$/, "&z=1"), "Invalid"],
    "with another method": [{}, (request) => ({ ...request, method: "DELETE" }), "Invalid"],
    "with a longer lifetime than the signed one": [{}, editTarget("Expires=60", "Expires=61"), "Invalid"],
    "with a lifetime of more than a week": [{}, editTarget("Expires=60", "Expires=604801"), "Incomplete"],
    "with a lifetime of 0": [{}, editTarget("Expires=60", "Expires=0"), "Incomplete"],
    "with a lifetime that is not a number": [{}, editTarget("Expires=60", "Expires=1e3"), "Incomplete"],
    "without its signature": [{}, editTarget(/&X-Amz-Signature=[^&]*/, ""), "Incomplete"],
    "without its signed headers": [{}, editTarget(/&X-Amz-SignedHeaders=[^&]*/, ""), "Incomplete"],
    "with a second signature": [{}, editTarget(/$/, "&x-amz-signature=1"), "Incomplete"],
    "with an Authorization header": [{}, addHeader("authorization", "AWS4-HMAC-SHA256 a=b"), "Invalid"],
    "with an unsigned x-amz- header": [{}, addHeader("x-amz-target", "1"), "Invalid"],
  };

  test.each(Object.entries(cases))("a presigned URL %s is rejected", async (_, [unsigned, change, type]) => {
    const request = change(await presign(unsigned, { expiresIn: 60 }));
    expect(await verify(request)).toMatchObject(rejection(`${type}SignatureException`));
  });

  test("a presigned URL is rejected after it has expired", async () => {
    const request = await presign({}, { expiresIn: 60 });
    const message = expect.stringMatching(/^Signature expired: 20260301T120000Z/);
    expect(await verify(request, { now: noon + 61_000 })).toMatchObject(
      rejection("InvalidSignatureException", message),
    );
  });

  test("a presigned URL with a temporary key and a wrong token is rejected", async () => {
    const options = { accessKeyId: "ASIATEMPORARY", sessionToken: "another" };
    expect(await verify(await presign({}, options))).toMatchObject(rejection("UnrecognizedClientException"));
  });
});
