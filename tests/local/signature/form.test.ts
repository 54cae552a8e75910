// What the verifier refuses before it compares any signature: requests that are not signed, or badly.
import { describe, expect, test } from "vitest";
import {
  addHeader,
  editAuthorization,
  header,
  refusal,
  setHeader,
  type Change,
} from "../../support/requests/changes.ts";
import { sign, verify } from "../../support/requests/signing.ts";

describe("a request is refused that leaves unsigned", () => {
  const unsigned: Record<string, Change> = {
    host: editAuthorization("host;", ""),
    "x-amz-date": editAuthorization(";x-amz-date", ""),
    "x-amz-target": addHeader("X-Amz-Target", "somewhere"),
  };

  test.each(Object.entries(unsigned))("%s", async (name, change) => {
    const message = expect.stringMatching(new RegExp(`^'${name}'.* must be a 'SignedHeader'`, "i"));
    expect(await verify(change(await sign()))).toMatchObject(refusal("InvalidSignatureException", message));
  });
});

describe("a request is refused as not signed", () => {
  const changes: Record<string, Change> = {
    "without Authorization": (request) => ({
      ...request,
      headers: request.headers.filter(([name]) => name !== "authorization"),
    }),
    "with another scheme": setHeader("authorization", "Bearer abc"),
    "with an empty Authorization": setHeader("authorization", ""),
  };

  test.each(Object.entries(changes))("%s", async (_, change) => {
    expect(await verify(change(await sign()))).toMatchObject(refusal("MissingAuthenticationTokenException"));
  });
});

describe("a request is refused as incomplete", () => {
  const changes: Record<string, Change> = {
    "without Credential": editAuthorization(/Credential=[^,]*, /, ""),
    "without SignedHeaders": editAuthorization(/SignedHeaders=[^,]*, /, ""),
    "without Signature": editAuthorization(/, Signature=.*/, ""),
    "with nothing but the algorithm": setHeader("authorization", "AWS4-HMAC-SHA256"),
    "with a part that is no pair": editAuthorization("Credential=", "Credential"),
    "with a part that comes twice": editAuthorization(/(Signature=.*)/, "$1, $1"),
    "with Authorization twice": (request) =>
      addHeader("Authorization", header(request, "authorization"))(request),
    "with x-amz-date twice": addHeader("X-Amz-Date", "20260301T120000Z"),
    "without x-amz-date": (request) => ({
      ...request,
      headers: request.headers.filter(([name]) => name !== "x-amz-date"),
    }),
    "with another form of date": setHeader("x-amz-date", "2026-03-01T12:00:00Z"),
    "with a date that does not exist": setHeader("x-amz-date", "20260230T120000Z"),
    "with another algorithm": editAuthorization("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
    "with a short credential": editAuthorization("/lambda/aws4_request", "/lambda"),
    "with a long credential": editAuthorization("Credential=", "Credential=a/"),
    "without a key in its credential": editAuthorization("Credential=AKIDLOCAL/", "Credential=/"),
  };

  test.each(Object.entries(changes))("%s", async (_, change) => {
    expect(await verify(change(await sign()))).toMatchObject(refusal("IncompleteSignatureException"));
  });
});

test("a header signature is refused when the query holds a signature too", async () => {
  const request = await sign({ target: "/?a=1" });
  const changed = { ...request, target: "/?a=1&X-Amz-Signature=1" };
  expect(await verify(changed)).toMatchObject(refusal("InvalidSignatureException"));
});

test("no refusal repeats what the caller sent", async () => {
  const request = setHeader(
    "authorization",
    "AWS4-HMAC-SHA256 Credential=secret/stuff, Signature=secret",
  )(await sign());
  expect(JSON.stringify(await verify(request))).not.toContain("secret");
});
