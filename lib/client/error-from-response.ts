// Turns a response that is not a stream into an error that says what the caller can do.
import type { WireError } from "../wire.ts";
import {
  AuthorizationError,
  ConfigurationError,
  type DeltapipeError,
  RequestError,
  RetryLaterError,
  ServiceError,
} from "./errors.ts";
import { type ErrorResponse, type UnreadResponse, readErrorResponse } from "./read-error-response.ts";
import { shortened } from "../shared/printable-text.ts";
import { parseRetryAfter } from "../shared/retry-after.ts";

/** Reads the response's body. `suggestedDelay` is in milliseconds, and used if there is no `retry-after` header. */
export async function errorFromResponse(
  response: UnreadResponse,
  suggestedDelay: number,
): Promise<DeltapipeError> {
  const read = await readErrorResponse(response);
  const retryAfterMs = parseRetryAfter(response.headers["retry-after"]) ?? suggestedDelay;
  return read.wire ? fromService(read, read.wire, retryAfterMs) : fromOthers(read, retryAfterMs);
}

/** Makes the error from the service's own error body, which says whether a retry makes sense. */
function fromService(
  { details, status }: ErrorResponse,
  wire: WireError,
  retryAfterMs: number,
): DeltapipeError {
  const message = `The service rejected the request with ${shortened(wire.name, 100)}: ${shortened(wire.message, 1000)}`;
  if (wire.retryable) return new RetryLaterError(message, { ...details, retryAfterMs });
  return [400, 403, 404, 405, 409, 413, 499].includes(status)
    ? new RequestError(message, details)
    : new ServiceError(message, details);
}

/** Makes the error for a response from AWS in front of the service, from a proxy, or from an unrelated server. */
function fromOthers(response: ErrorResponse, retryAfterMs: number): DeltapipeError {
  const { status, details, found, isWebPage, contentCoding } = response;
  const { code } = details;
  const pageHelp = `a web page came instead of its response (${found}); check the proxy or load balancer in between`;
  const cannotCall = (clause: string): string => `Cannot call the service: ${isWebPage ? pageHelp : clause}`;
  if (isAuthorization(status, code)) {
    return new AuthorizationError(cannotCall(authorizationHelp(response)), details);
  }
  if (status === 429 || status === 503) {
    return new RetryLaterError(cannotCall(`it is busy (${found})`), { ...details, retryAfterMs });
  }
  if (status >= 500) return new ServiceError(cannotCall(`it failed (${found})`), details);
  if (status >= 300 && status < 400) {
    return new ConfigurationError(
      `Cannot follow a redirect with a signed request: found ${found}; use the new URL, if you trust it`,
      details,
    );
  }
  if (status === 413 || (status === 400 && code !== undefined)) {
    return new RequestError(
      `Cannot call the service: the request was rejected (${found}); change the request`,
      details,
    );
  }
  if (contentCoding !== undefined) {
    return new ConfigurationError(
      `Cannot read the response: it was compressed, probably by a proxy (${found}); let it pass responses unchanged`,
      { ...details, code: code ?? "ResponseAltered" },
    );
  }
  const pageCheck = isWebPage ? ", and whether a proxy or a login page answers instead of it" : "";
  return new ConfigurationError(
    `Cannot find a Deltapipe service at this URL: something else answered (${found}); check the URL${pageCheck}`,
    details,
  );
}

/** https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html */
const authorizationCodes =
  /^(AccessDenied|ExpiredToken|IncompleteSignature|InvalidClientTokenId|InvalidSignature|MissingAuthenticationToken|NotAuthorized|OptInRequired|RequestExpired|UnrecognizedClient)(Exception)?$/;

function isAuthorization(status: number, code = ""): boolean {
  return status === 401 || status === 403 || (status === 400 && authorizationCodes.test(code));
}

/**
 * Names two permissions, because a Function URL has needed both since October 2025:
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
function authorizationHelp({ found, isFromAws, clockOffset }: ErrorResponse): string {
  const help = isFromAws
    ? `AWS rejected the request (${found}); check the credentials, their permissions` +
      " (both lambda:InvokeFunctionUrl and lambda:InvokeFunction are needed) and the Region"
    : `a server other than AWS rejected the request (${found}); check the URL, and the proxy or firewall in between`;
  return help + clockHelp(clockOffset);
}

function clockHelp(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / 60_000);
  // A smaller difference does not matter, because AWS accepts a signature for five minutes.
  return minutes < 5
    ? ""
    : `, and set this machine's clock, which is ${minutes} minutes ${offset < 0 ? "slow" : "fast"}`;
}
