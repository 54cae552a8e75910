// The failures that Bedrock reports, in a status or in a frame: what the caller is told, and whether they may pass.
import { ConverseError, isRetryable, type ErrorName } from "../converse-error.ts";
import { identifier } from "../identifier.ts";
import { masked } from "../masking.ts";

/**
 * The names that AWS's SDKs take for throttling. `bedrock-classification.test.ts` holds these and the two lists below
 * against the SDK. https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
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

/** Other names of failures that pass, whatever the status. Bedrock's model marks the first of them as retryable. */
const transientNames = new Map<string, ErrorName>([
  ["ModelNotReadyException", "ModelNotReadyException"],
  ["RequestTimeout", "UpstreamTimeout"],
  ["RequestTimeoutException", "UpstreamTimeout"],
  ["TimeoutError", "UpstreamTimeout"],
]);

/** Statuses that may pass, whatever the name. Proxies and load balancers send them without one. */
const transientStatuses = new Map<number, ErrorName>([
  [429, "ThrottlingException"],
  [500, "InternalServerException"],
  [502, "UpstreamUnreachable"],
  [503, "ServiceUnavailableException"],
  [504, "UpstreamTimeout"],
]);

/** Bedrock's exceptions whose own message helps the caller; all others get a message of ours. */
const explained = [
  "ValidationException",
  "ThrottlingException",
  "ModelErrorException",
  "ModelStreamErrorException",
  "ModelNotReadyException",
  "ModelTimeoutException",
] as const;

/** https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html */
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

const ownWording: Partial<Record<ErrorName, string>> = {
  ThrottlingException: "Bedrock takes no more requests at the moment",
  ResourceNotFoundException: "Bedrock does not know this model, or the service's account has no access to it",
  InternalServerException: "Bedrock failed while it handled the request",
  ServiceUnavailableException: "Bedrock is not available at the moment",
  UpstreamAccessDenied: "The service may not call this model, or its credentials have expired",
  UpstreamUnreachable: "Bedrock could not be reached",
  UpstreamTimeout: "Bedrock did not answer in time",
  UpstreamInvalid: "Bedrock answered in a way that this service does not understand",
};

/** Whether the same request may pass: `later` where there were too many, `soon` where the failure is another. */
export function mayPass(name: string, status: number): "no" | "soon" | "later" {
  if (status === 429 || throttlingNames.has(name)) return "later";
  return transientNames.has(name) || transientStatuses.has(status) ? "soon" : "no";
}

/** A failure that Bedrock named, in an exception frame or with an HTTP status. */
export function bedrockFailure(name: string, message: string, status?: number): ConverseError {
  const byName = names.get(name);
  const byStatus = status === undefined ? undefined : transientStatuses.get(status);
  // What was attempted again because of its status is told as what may pass, though its name says otherwise.
  const isNamed = byName !== undefined && (byStatus === undefined || isRetryable(byName));
  const told = isNamed ? byName : (byStatus ?? "UpstreamInvalid");
  const original = `${identifier(name)}${status === undefined ? "" : ` (HTTP ${status})`}`;
  if (isNamed && isExplained(told)) {
    const words = masked(message) || `Bedrock answered ${told}`;
    return new ConverseError(told, words, told === name ? {} : { detail: original });
  }
  // What is said of roles, resources and regions helps whoever runs the service; all else may quote the request.
  const isOurs = told === "UpstreamAccessDenied" || told === "ResourceNotFoundException";
  return new ConverseError(told, ownWording[told] ?? told, {
    // Below its first line, the message about a signature quotes the request's headers, the session token among them.
    detail: isOurs ? `${name}: ${message.split("\n", 1)[0]}`.slice(0, 500) : original,
  });
}

function isExplained(name: ErrorName): boolean {
  return (explained as readonly string[]).includes(name);
}
