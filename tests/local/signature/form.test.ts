// Tests requests that are rejected before their signature is compared: unsigned and malformed requests.
import { describe, expect, test } from "vitest";
import {
  addHeader,
  editAuthorization,
  header,
  rejection,
  setHeader,
  type Change,
} from "../../support/requests/changes.ts";
import { sign, verify } from "../../support/requests/signing.ts";

describe("a request is rejected if a header is unsigned", () => {
  const unsigned: Record<string, Change> = {
    host: editAuthorization("host;", ""),
    "x-amz-date": editAuthorization(";x-amz-date", ""),
    "x-amz-target": addHeader("X-Amz-Target", "somewhere"),
  };

  test.each(Object.entries(unsigned))(
    "a request is rejected if its header %s is unsigned",
    async (name, change) => {
      const message = expect.stringMatching(new RegExp(`^'${name}'.* must be a 'SignedHeader'`, "i"));
      expect(await verify(change(await sign()))).toMatchObject(
        rejection("InvalidSignatureException", message),
      );
    },
  );
});

describe("a request is rejected as unsigned", () => {
  const changes: Record<string, Change> = {
    "without Authorization": (request) => ({
      ...request,
      headers: request.headers.filter(([name]) => name !== "authorization"),
    }),
    "with another scheme": setHeader("authorization", "Bearer abc"),
    "with an empty Authorization": setHeader("authorization", ""),
  };

  test.each(Object.entries(changes))("a request %s is rejected as unsigned", async (_, change) => {
    expect(await verify(change(await sign()))).toMatchObject(
      rejection("MissingAuthenticationTokenException"),
    );
  });
});

describe("a request is rejected as incomplete", () => {
  const changes: Record<string, Change> = {
    "without Credential": editAuthorization(/Credential=[^,]*, /, ""),
    "without SignedHeaders": editAuthorization(/SignedHeaders=[^,]*, /, ""),
    "without Signature": editAuthorization(/, Signature=.*/, ""),
    "with nothing but the algorithm": setHeader("authorization", "AWS4-HMAC-SHA256"),
    "with a part that is not a pair": editAuthorization("Credential=", "Credential"),
    "with a part that comes twice": editAuthorization(/(Signature=.*)/, "$1, $1"),
    "with Authorization twice": (request) =>
      addHeader("Authorization", header(request, "authorization"))(request),
    "with x-amz-date twice": addHeader("X-Amz-Date", "20260301T120000Z"),
    "without x-amz-date": (request) => ({
      ...request,
      headers: request.headers.filter(([name]) => name !== "x-amz-date"),
    }),
    "with a date in another format": setHeader("x-amz-date", "2026-03-01T12:00:00Z"),
    "with a date that does not exist": setHeader("x-amz-date", "20260230T120000Z"),
    "with another algorithm": editAuthorization("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
    "with a short credential": editAuthorization("/lambda/aws4_request", "/lambda"),
    "with a long credential": editAuthorization("Credential=", "Credential=a/"),
    "without a key in its credential": editAuthorization("Credential=AKIDLOCAL/", "Credential=/"),
  };

  test.each(Object.entries(changes))("a request %s is rejected as incomplete", async (_, change) => {
    expect(await verify(change(await sign()))).toMatchObject(rejection("IncompleteSignatureException"));
  });
});

test("a header signature is rejected when the query has a signature as well", async () => {
  const request = await sign({ target: "/?a=1" });
  const changed = { ...request, target: "/?a=1&X-Amz-Signature=1" };
  expect(await verify(changed)).toMatchObject(rejection("InvalidSignatureException"));
});

test("an error response does not repeat what the caller sent", async () => {
  const request = setHeader(
    "authorization",
    "AWS4-HMAC-SHA256 Credential=secret/stuff, Signature=secret",
  )(await sign());
  expect(JSON.stringify(await verify(request))).not.toContain("secret");
});
