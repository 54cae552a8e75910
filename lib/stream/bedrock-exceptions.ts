// Translates our errors into the exceptions of Bedrock's own operations, for callers that use an AWS SDK.
//
// SDKs repeat a request automatically after the statuses 429, 500, 502, 503 and 504 and after throttling exceptions; other
// clients also after 408, 409 and any 5xx. If the model may have run, its tokens may be billed, and a repeated request
// would be billed again. Such errors therefore get the status 424, after which no client repeats the request.
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

/**
 * The status and name of the exception for each error. Without a name here, the exception has our error's name. Errors that are
 * not listed become `ModelStreamErrorException` with the status 424.
 */
const exceptions: Partial<Record<ErrorName, readonly [status: number, name?: string]>> = {
  InvalidRequest: invalid,
  ValidationException: invalid,
  PayloadTooLarge: [413, validation],
  // Not 409, after which some clients repeat the request.
  IdempotentParameterMismatch: invalid,
  ModelNotAllowed: denied,
  NotFound: [404, unknownOperation],
  MethodNotAllowed: [405, unknownOperation],
  // A client may repeat the request after the next five errors. Bedrock reports the first four before the model runs, and was not
  // called for the fifth.
  ThrottlingException: [429],
  ModelNotReadyException: [429],
  InternalServerException: [500],
  ServiceUnavailableException: [503],
  AnswerStoreUnavailable: [503, "ServiceUnavailableException"],
  // SDKs must not repeat a request after the next four errors, because that would not help.
  UpstreamAccessDenied: denied,
  ResourceNotFoundException: [404],
  UpstreamInvalid: [paidFor, internal],
  InternalError: [paidFor, internal],
  // In all other cases the model may have run, for example until the connection broke.
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

/** The status and name of an error response. `hasBegun` is true if Bedrock has sent an event of the answer. */
export function exceptionOf(error: ErrorName, hasBegun: boolean): Exception {
  const [status, name] = exceptionFor(error);
  if (!hasBegun || status < 429) return [status, name];
  // A throttling exception also gets another name, because its own name makes SDKs repeat the request, whatever the status.
  return [paidFor, status === 429 ? streamError : name];
}

/** The exceptions that ConverseStream's event stream can have. SDKs have typed exceptions only for these. */
const inStream = /^(InternalServer|ModelStream|ServiceUnavailable|Throttling|Validation)/;

/**
 * The `:exception-type` of an error in a stream. Once an event has come, this is one of the two types after which no client
 * repeats the request. Some clients repeat it after other types: AWS's SDK for Java decides by the status that its model
 * of the API gives an exception, and Strands for Python repeats requests after throttling.
 */
export function streamExceptionOf(error: ErrorName, hasBegun: boolean): string {
  const [status, name] = exceptionOf(error, hasBegun);
  return (status !== paidFor && inStream.test(name) ? name : streamError).replace(/^./, (letter) =>
    letter.toLowerCase(),
  );
}
