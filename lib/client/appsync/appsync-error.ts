// Turns AppSync's errors into the errors for the caller.
import {
  AuthorizationError,
  ConfigurationError,
  type DeltapipeError,
  RequestError,
  RetryLaterError,
  ServiceError,
} from "../errors.ts";
import { isObject } from "../../shared/json-object.ts";
import { shortened } from "../../shared/printable-text.ts";

export interface AppSyncError {
  errorType: string;
  message: string;
}

/** The first error in a response or a message. Undefined if there is none. */
export function firstErrorIn(value: unknown): AppSyncError | undefined {
  const errors = isObject(value) ? value["errors"] : undefined;
  const [error] = Array.isArray(errors) ? (errors as unknown[]) : [];
  if (!isObject(error)) return undefined;
  const { errorType, message } = error;
  return {
    errorType: typeof errorType === "string" ? errorType : "Unknown",
    message: typeof message === "string" ? message : "",
  };
}

/** The permission that callers with IAM credentials need, for error messages. */
export const permission = "appsync:GraphQL for startConversation and onMessage";

/**
 * `suggestedDelay` is in milliseconds. `status` is the response's status. Undefined if the status was 200, or if the error came
 * over the real-time connection.
 */
export function errorFor(
  { errorType, message }: AppSyncError,
  suggestedDelay: number,
  status?: number,
): DeltapipeError {
  const found = `${shortened(errorType, 100)}: ${shortened(message, 1000)}`;
  const details = { code: errorType, status };
  if (isAuthorization.test(errorType) || status === 401 || status === 403) {
    return new AuthorizationError(
      `Cannot call the API: AppSync rejected the call (${found}); check the API key, or the credentials, their permission` +
        ` ${permission}, the Region and this machine's clock`,
      details,
    );
  }
  if (isBusy.test(errorType) || status === 429) {
    const sentence = `Cannot call the API now: AppSync is busy (${found})`;
    return new RetryLaterError(sentence, { ...details, retryAfterMs: suggestedDelay });
  }
  if (isOfRequest.test(errorType)) {
    return new RequestError(`The API rejected the request with ${found}`, details);
  }
  if (isOfSchema.test(errorType)) {
    return new ConfigurationError(
      `Cannot find a Deltapipe service behind this API: it has another schema (${found}); check the URL`,
      details,
    );
  }
  return new ServiceError(`Cannot call the API: it failed (${found})`, details);
}

const isAuthorization =
  /^(Unauthorized|AccessDenied|ExpiredToken|IncompleteSignature|InvalidSignature|MissingAuthenticationToken|UnrecognizedClient)(Exception)?$/;
const isBusy = /^(Throttling|TooManyRequests|LimitExceeded|MaxSubscriptionsReached)/;
/** Errors that the service's own resolver returns. */
const isOfRequest = /^(InvalidRequest|PayloadTooLarge)$/;
const isOfSchema = /^(Validation|MalformedHttpRequest|BadRequest|UnsupportedOperation)/;
