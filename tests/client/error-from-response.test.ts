// The service's error responses: one error class for each action that a caller can take.
import { describe, expect, test } from "vitest";
import { sendJson, wireError } from "../support/servers/line-service.ts";
import { tryRequest } from "../support/callers/one-request.ts";

describe("the service's error response", () => {
  test.each([
    [400, "InvalidRequest", false, "RequestError", 1],
    [400, "ValidationException", false, "RequestError", 1],
    [403, "ModelNotAllowed", false, "RequestError", 1],
    [404, "AnswerNotFound", false, "RequestError", 1],
    [404, "NotFound", false, "RequestError", 1],
    [405, "MethodNotAllowed", false, "RequestError", 1],
    [409, "IdempotentParameterMismatch", false, "RequestError", 1],
    [413, "PayloadTooLarge", false, "RequestError", 1],
    [424, "ModelErrorException", false, "ServiceError", 1],
    [424, "ModelStreamErrorException", true, "RetryLaterError", 3],
    [429, "ThrottlingException", true, "RetryLaterError", 3],
    [429, "ModelNotReadyException", true, "RetryLaterError", 3],
    [499, "Cancelled", false, "RequestError", 1],
    [500, "InternalError", false, "ServiceError", 1],
    [502, "UpstreamAccessDenied", false, "ServiceError", 1],
    [502, "UpstreamInvalid", false, "ServiceError", 1],
    [502, "InternalServerException", true, "RetryLaterError", 3],
    [503, "AnswerStoreUnavailable", true, "RetryLaterError", 3],
    [503, "ServiceUnavailableException", true, "RetryLaterError", 3],
    [504, "UpstreamTimeout", true, "RetryLaterError", 3],
    [504, "DeadlineExceeded", false, "ServiceError", 1],
    [429, "SomethingNew", false, "ServiceError", 1],
  ])(
    "the response %i %s (retryable: %s) becomes a %s after %i attempts",
    async (status, code, retryable, name, expected) => {
      const { error, attempts } = await tryRequest(({ response }) =>
        sendJson(response, status, wireError(code, retryable)),
      );
      const retryLater = name === "RetryLaterError";
      expect(error).toMatchObject({ name, code, status, requestId: "request-1", retryable: retryLater });
      expect(error.message).toBe(`The service rejected the request with ${code}: Because of ${code}`);
      expect(attempts).toBe(expected);
    },
  );
});
