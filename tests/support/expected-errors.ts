// The errors as callers and operators see them. They are copied from the table in lib/stream/converse-error.ts, so that a test
// fails when the table changes.
import type { ErrorName, Fault } from "../../lib/stream/converse-error.ts";

export interface ExpectedError {
  status: number;
  retryable: boolean;
  fault: Fault;
}

/** This file does not compile until every `ErrorName` has an entry. */
export const expectedErrors: Record<ErrorName, ExpectedError> = {
  InvalidRequest: { status: 400, retryable: false, fault: "caller" },
  ValidationException: { status: 400, retryable: false, fault: "caller" },
  ModelNotAllowed: { status: 403, retryable: false, fault: "caller" },
  NotFound: { status: 404, retryable: false, fault: "caller" },
  MethodNotAllowed: { status: 405, retryable: false, fault: "caller" },
  PayloadTooLarge: { status: 413, retryable: false, fault: "caller" },
  CallerStalled: { status: 504, retryable: false, fault: "caller" },
  CallerGone: { status: 499, retryable: false, fault: "caller" },
  NotSupported: { status: 501, retryable: false, fault: "caller" },
  ThrottlingException: { status: 429, retryable: true, fault: "limit" },
  ModelNotReadyException: { status: 429, retryable: true, fault: "limit" },
  ModelErrorException: { status: 424, retryable: false, fault: "service" },
  ModelStreamErrorException: { status: 424, retryable: true, fault: "service" },
  InternalError: { status: 500, retryable: false, fault: "service" },
  UpstreamAccessDenied: { status: 502, retryable: false, fault: "service" },
  UpstreamUnreachable: { status: 502, retryable: true, fault: "service" },
  UpstreamInvalid: { status: 502, retryable: false, fault: "service" },
  ResourceNotFoundException: { status: 502, retryable: false, fault: "service" },
  InternalServerException: { status: 502, retryable: true, fault: "service" },
  StreamTruncated: { status: 502, retryable: true, fault: "service" },
  StreamCorrupt: { status: 502, retryable: true, fault: "service" },
  ServiceUnavailableException: { status: 503, retryable: true, fault: "service" },
  ModelTimeoutException: { status: 504, retryable: true, fault: "service" },
  UpstreamTimeout: { status: 504, retryable: true, fault: "service" },
  DeadlineExceeded: { status: 504, retryable: false, fault: "service" },
  AnswerNotFound: { status: 404, retryable: false, fault: "caller" },
  IdempotentParameterMismatch: { status: 409, retryable: false, fault: "caller" },
  Cancelled: { status: 499, retryable: false, fault: "caller" },
  AnswerStoreUnavailable: { status: 503, retryable: true, fault: "service" },
  DeliveryFailed: { status: 502, retryable: false, fault: "service" },
};
