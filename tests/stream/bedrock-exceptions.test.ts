// Tests the statuses and exception names that AWS's SDKs get for the service's errors, and after which of them the SDKs retry.
import { isThrottlingError, isTransientError } from "@smithy/core/retry";
import * as sdk from "@aws-sdk/client-bedrock-runtime";
import { describe, expect, test } from "vitest";
import { exceptionOf, streamExceptionOf } from "../../lib/stream/bedrock-exceptions.ts";
import { errorNamesOf, type ErrorName } from "../../lib/stream/converse-error.ts";

const all: ErrorName[] = (["caller", "limit", "service"] as const).flatMap(errorNamesOf);

/** Whether AWS's SDK for JavaScript repeats a request by itself after the response for this error. */
function isRepeated(error: ErrorName, hasBegun: boolean): boolean {
  const [httpStatusCode, name] = exceptionOf(error, hasBegun);
  const shape = (sdk as unknown as Record<string, new (options: object) => Error>)[name];
  const thrown = shape ? new shape({ message: "", $metadata: {} }) : new Error();
  const response = Object.assign(thrown, { name, $metadata: { httpStatusCode } });
  return isThrottlingError(response as never) || isTransientError(response as never);
}

describe("before Bedrock has begun to answer", () => {
  test("the SDK repeats a request only after errors of Bedrock itself and of the table of answers", () => {
    expect(all.filter((name) => isRepeated(name, false)).toSorted()).toEqual([
      "AnswerStoreUnavailable",
      "InternalServerException",
      "ModelNotReadyException",
      "ServiceUnavailableException",
      "ThrottlingException",
    ]);
  });

  test("the SDK has a type for the exception of every error, except for unknown paths and methods", () => {
    const untyped = all.filter((name) => !Object.hasOwn(sdk, exceptionOf(name, false)[1]));
    expect(untyped).toEqual(["NotFound", "MethodNotAllowed"]);
  });
});

describe("in a stream before the first event", () => {
  test.each(all)(
    "the event stream has a typed exception for %s, and clients retry after it as they do after the error response",
    (name) => {
      const type = streamExceptionOf(name, false);
      expect(type).toMatch(
        /^(internalServer|modelStreamError|serviceUnavailable|throttling|validation)Exception$/,
      );
      expect(
        Object.hasOwn(
          sdk,
          type.replace(/^./, (letter) => letter.toUpperCase()),
        ),
      ).toBe(true);
      // ModelNotReadyException does not exist in streams, and no client retries after the exception that replaces it.
      const repeated = /^(internalServer|serviceUnavailable|throttling)/.test(type);
      expect(repeated).toBe(name !== "ModelNotReadyException" && isRepeated(name, false));
    },
  );
});

describe("after an event has come", () => {
  test.each(all)("no client repeats a request after %s", (name) => {
    expect(isRepeated(name, true)).toBe(false);
    const [status] = exceptionOf(name, true);
    // Clients that do not know the exceptions repeat a request after these statuses.
    expect(status < 500 && ![408, 409, 429].includes(status)).toBe(true);
  });

  test.each(all)(
    "the event stream has a typed exception for %s, after which no client repeats the request",
    (name) => {
      expect(streamExceptionOf(name, true)).toMatch(/^(modelStreamError|validation)Exception$/);
    },
  );
});
