// The table of Bedrock's errors: the message for the caller, and whether a retry may succeed.
import { ConverseError, isRetryable, type ErrorName } from "../converse-error.ts";
import { redactMessage, redactName } from "../redaction.ts";

/**
 * The names that AWS's SDKs treat as throttling. A test compares these and the two lists below with the SDK.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
const throttlingNames: ReadonlySet<string> = new Set([
  "BandwidthLimitExceeded",
  "EC2ThrottledException",
  "LimitExceededException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "SlowDown",
  "ThrottledException",
  "Throttling",
  "ThrottlingException",
  "TooManyRequestsException",
  "TransactionInProgressException",
]);

/** Other names of errors that may go away, whatever the status. The first one is marked as retryable in Bedrock's API model. */
const transientNames = new Map<string, ErrorName>([
  ["ModelNotReadyException", "ModelNotReadyException"],
  ["RequestTimeout", "UpstreamTimeout"],
  ["RequestTimeoutException", "UpstreamTimeout"],
  ["TimeoutError", "UpstreamTimeout"],
]);

/** Statuses of errors that may go away, whatever the name. Proxies and load balancers send these without a name. */
const transientStatuses = new Map<number, ErrorName>([
  [429, "ThrottlingException"],
  [500, "InternalServerException"],
  [502, "UpstreamUnreachable"],
  [503, "ServiceUnavailableException"],
  [504, "UpstreamTimeout"],
]);

/** Exceptions whose messages help the caller, and are passed on. All other exceptions get a message of ours. */
const explained = [
  "ValidationException",
  "ThrottlingException",
  "ModelErrorException",
  "ModelStreamErrorException",
  "ModelNotReadyException",
  "ModelTimeoutException",
] as const;

/**
 * Errors in the service's own credentials or permissions.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
 */
const accessNames = [
  "AccessDeniedException",
  "CredentialsProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "IncompleteSignatureException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "NotAuthorized",
  "NotAuthorizedException",
  "OptInRequired",
  "RequestExpired",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
];

const names = new Map<string, ErrorName>([
  ...[...throttlingNames].map((name) => [name, "ThrottlingException"] as const),
  ...transientNames,
  ...explained.map((name) => [name, name] as const),
  ...accessNames.map((name) => [name, "UpstreamAccessDenied"] as const),
  ["InternalFailure", "InternalServerException"],
  ["InternalServerError", "InternalServerException"],
  ["InternalServerException", "InternalServerException"],
  ["ResourceNotFoundException", "ResourceNotFoundException"],
  ["ServiceUnavailable", "ServiceUnavailableException"],
  ["ServiceUnavailableException", "ServiceUnavailableException"],
  ["ValidationError", "ValidationException"],
]);

const ownMessages: Partial<Record<ErrorName, string>> = {
  ThrottlingException: "Bedrock cannot take more requests at the moment",
  ResourceNotFoundException: "Bedrock does not know this model, or the service's account has no access to it",
  InternalServerException: "Bedrock had an internal error",
  ServiceUnavailableException: "Bedrock is not available at the moment",
  UpstreamAccessDenied: "The service may not call this model, or its credentials have expired",
  UpstreamUnreachable: "Bedrock could not be reached",
  UpstreamTimeout: "Bedrock did not respond in time",
  UpstreamInvalid: "Bedrock sent a response that this service does not understand",
};

/** AWS's SDKs retry after a "transient" error and after "throttling", with different delays. "no" means do not retry. */
export type RetryKind = "no" | "transient" | "throttling";

export function retryKindOf(name: string, status: number): RetryKind {
  if (status === 429 || throttlingNames.has(name)) return "throttling";
  return transientNames.has(name) || transientStatuses.has(status) ? "transient" : "no";
}

/**
 * Turns Bedrock's error into ours. `status` is absent if the error was not in an HTTP response but, for example, in the stream.
 */
export function bedrockFailure(name: string, message: string, status?: number): ConverseError {
  const byName = names.get(name);
  const byStatus = status === undefined ? undefined : transientStatuses.get(status);
  // After a transient status we have already retried the request, so the error for the caller has to be retryable as well,
  // whatever its name is.
  const isNamed = byName !== undefined && (byStatus === undefined || isRetryable(byName));
  const shown = isNamed ? byName : (byStatus ?? "UpstreamInvalid");
  const original = `${redactName(name)}${status === undefined ? "" : ` (HTTP ${status})`}`;
  if (isNamed && isExplained(shown)) {
    const text = redactMessage(message) || `Bedrock answered ${shown}`;
    return new ConverseError(shown, text, shown === name ? {} : { detail: original });
  }
  // The log gets messages about roles, resources and Regions, which help to run the service. Other messages may quote the
  // request.
  const isOurs = shown === "UpstreamAccessDenied" || shown === "ResourceNotFoundException";
  return new ConverseError(shown, ownMessages[shown] ?? shown, {
    // After its first line, a message about a wrong signature quotes the request's headers, including the session token.
    detail: isOurs ? `${name}: ${message.split("\n", 1)[0]}`.slice(0, 500) : original,
  });
}

function isExplained(name: ErrorName): boolean {
  return (explained as readonly string[]).includes(name);
}
