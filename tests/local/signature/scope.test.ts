// Tests the errors for the key, scope and date of a signature.
import { describe, expect, test } from "vitest";
import { editAuthorization, rejection } from "../../support/requests/changes.ts";
import { noon, sign, verify, type AwsSigningOptions } from "../../support/requests/signing.ts";

describe("a request is rejected if its signature", () => {
  const cases: Record<string, [AwsSigningOptions, string, RegExp]> = {
    "is by an unknown key": [
      { accessKeyId: "AKIDNOBODY" },
      "UnrecognizedClientException",
      /^The security token included in the request is invalid\.$/,
    ],
    "is by a temporary key without its token": [
      { accessKeyId: "ASIATEMPORARY", sessionToken: undefined },
      "UnrecognizedClientException",
      /security token/,
    ],
    "is by a temporary key with a wrong token": [
      { accessKeyId: "ASIATEMPORARY", sessionToken: "another" },
      "UnrecognizedClientException",
      /security token/,
    ],
    "is by a permanent key with a token": [
      { sessionToken: "token" },
      "UnrecognizedClientException",
      /security token/,
    ],
    "is for another Region": [{ region: "eu-west-1" }, "InvalidSignatureException", /valid region\.$/],
    "is for another service": [
      { service: "s3" },
      "InvalidSignatureException",
      /correct service: 'lambda'\.$/,
    ],
    "has expired": [
      { date: new Date(noon - 301_000) },
      "InvalidSignatureException",
      /^Signature expired: 20260301T115459Z is now earlier than 20260301T115500Z \(20260301T120000Z - 5 min\.\)$/,
    ],
    "is not yet valid": [
      { date: new Date(noon + 301_000) },
      "InvalidSignatureException",
      /^Signature not yet current: 20260301T120501Z is still later than 20260301T120500Z \(20260301T120000Z \+ 5 min\.\)$/,
    ],
  };

  test.each(Object.entries(cases))(
    "a request is rejected if its signature %s",
    async (_, [options, type, message]) => {
      expect(await verify(await sign({}, options))).toMatchObject(
        rejection(type, expect.stringMatching(message)),
      );
    },
  );

  test("a request is rejected if its signature has a different day from x-amz-date", async () => {
    const request = editAuthorization("/20260301/", "/20260228/")(await sign());
    expect(await verify(request)).toMatchObject(
      rejection(
        "InvalidSignatureException",
        expect.stringMatching(/^Date in Credential scope does not match/),
      ),
    );
  });

  test("one message names all errors in the scope of a signature", async () => {
    const request = editAuthorization("/us-east-1/lambda/aws4_request", "/x/y/z")(await sign());
    expect(await verify(request)).toMatchObject(
      rejection(
        "InvalidSignatureException",
        expect.stringMatching(/region.*service: 'lambda'.*'aws4_request'/),
      ),
    );
  });
});
