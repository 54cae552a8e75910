// Our errors as the exceptions of Bedrock's own operations, for callers that use an AWS SDK.
//
// SDKs repeat a request by themselves after the statuses 429, 500, 502, 503 and 504 and after the names of throttling;
// other clients also after 408, 409 and any 5xx. Where the model may have worked, the tokens of that work may be billed,
// so such errors get 424, which nobody repeats.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
import type { ErrorName } from "./converse-error.ts";

type Exception = readonly [status: number, name: string];

const internal = "InternalServerException";
const streamError = "ModelStreamErrorException";
const validation = "ValidationException";
const paidFor = 424;
const invalid = [400, validation] as const;
const denied = [403, "AccessDeniedException"] as const;
const unknownOperation = "UnknownOperationException";
const timedOut = [paidFor, "ModelTimeoutException"] as const;

/** A status without a name means the error's own name. */
const exceptions: Partial<Record<ErrorName, readonly [status: number, name?: string]>> = {
  InvalidRequest: invalid,
  ValidationException: invalid,
  PayloadTooLarge: [413, validation],
  ModelNotAllowed: denied,
  NotFound: [404, unknownOperation],
  MethodNotAllowed: [405, unknownOperation],
  // Bedrock has not begun with the next four, so a client may repeat the request, as it would at Bedrock.
  ThrottlingException: [429],
  ModelNotReadyException: [429],
  InternalServerException: [500],
  ServiceUnavailableException: [503],
  // Repeating would not help against the next four.
  UpstreamAccessDenied: denied,
  ResourceNotFoundException: [404],
  UpstreamInvalid: [paidFor, internal],
  InternalError: [paidFor, internal],
  // The model may have worked in all other cases. A connection may have broken while it did.
  UpstreamUnreachable: [paidFor, "ServiceUnavailableException"],
  ModelErrorException: [paidFor],
  ModelTimeoutException: timedOut,
  UpstreamTimeout: timedOut,
  DeadlineExceeded: timedOut,
};

function exceptionFor(error: ErrorName): Exception {
  const [status, name = error] = exceptions[error] ?? [paidFor, streamError];
  return [status, name];
}

/** The status and name of an error response. `hasBegun` is true once an event of the answer has come. */
export function exceptionOf(error: ErrorName, hasBegun: boolean): Exception {
  const [status, name] = exceptionFor(error);
  if (!hasBegun || status < 429) return [status, name];
  // SDKs repeat a request after a name of throttling, whatever the status.
  return [paidFor, status === 429 ? streamError : name];
}

/** The exceptions that ConverseStream's event stream can have. Only for these, SDKs have a type there. */
const inStream = /^(InternalServer|ModelStream|ServiceUnavailable|Throttling|Validation)/;

/** The `:exception-type` in mid-stream. No SDK repeats a request then. */
export function streamExceptionOf(error: ErrorName): string {
  const [, name] = exceptionFor(error);
  return (inStream.test(name) ? name : streamError).replace(/^./, (letter) => letter.toLowerCase());
}
