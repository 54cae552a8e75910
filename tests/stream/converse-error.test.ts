// Tests the table of errors: each error's status, whether a retry may help, and who caused the error.
import { describe, expect, test } from "vitest";
import {
  ConverseError,
  errorNamesOf,
  isRetryable,
  type ErrorName,
  type Fault,
} from "../../lib/stream/converse-error.ts";
import { expectedErrors } from "../support/expected-errors.ts";

const expected = Object.entries(expectedErrors) as [ErrorName, (typeof expectedErrors)[ErrorName]][];

describe("the table of errors", () => {
  test.each(expected)(
    "the error %s has the expected values of status and retryable",
    (name, { status, retryable }) => {
      const error = new ConverseError(name, "Cannot answer");
      expect(error).toMatchObject({ name, status, retryable });
      expect(isRetryable(name)).toBe(retryable);
      expect(error.toLine("request-1")).toEqual({
        type: "error",
        error: { name, message: "Cannot answer", retryable, requestId: "request-1" },
      });
    },
  );

  test.each<Fault>(["caller", "limit", "service"])(
    "errorNamesOf lists the errors with the fault %s",
    (fault) => {
      const names = expected.filter(([, error]) => error.fault === fault).map(([name]) => name);
      expect(errorNamesOf(fault).toSorted()).toEqual(names.toSorted());
    },
  );
});
