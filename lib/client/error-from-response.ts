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
import {
  type ErrorResponse,
  type UnreadResponse,
  headerOf,
  readErrorResponse,
} from "./read-error-response.ts";
import { contentCodingOf, isWebPage } from "./altered-response.ts";
import { shortened } from "../shared/printable-text.ts";
import { parseRetryAfter } from "../shared/retry-after.ts";

/** Reads the response's body. `suggestedDelay` is in milliseconds, and used if there is no `retry-after` header. */
export async function errorFromResponse(
  response: UnreadResponse,
  suggestedDelay: number,
): Promise<DeltapipeError> {
  const read = await readErrorResponse(response);
  return read.wire ? fromService(read, read.wire, suggestedDelay) : fromOthers(read, suggestedDelay);
}

/** For the service's own error body, which says whether a retry makes sense. */
function fromService(response: ErrorResponse, wire: WireError, suggestedDelay: number): DeltapipeError {
  const message = `The service rejected the request with ${shortened(wire.name, 100)}: ${shortened(wire.message, 1000)}`;
  const details = { code: wire.name, requestId: wire.requestId, status: response.status };
  if (wire.retryable) {
    return new RetryLaterError(message, { ...details, retryAfterMs: retryAfter(response, suggestedDelay) });
  }
  return [400, 403, 404, 405, 413].includes(response.status)
    ? new RequestError(message, details)
    : new ServiceError(message, details);
}

/** For responses from AWS in front of the service, from a proxy, or from an unrelated server. */
function fromOthers(response: ErrorResponse, suggestedDelay: number): DeltapipeError {
  const { status, code, requestId, found } = response;
  const details = { code, requestId, status };
  const webPage = isWebPage(response.headers);
  if (isAuthorization(response)) {
    return new AuthorizationError(webPage ? pageHelp(found) : authorizationHelp(response), details);
  }
  if (status === 429 || status === 503) {
    const retryAfterMs = retryAfter(response, suggestedDelay);
    const sentence = webPage ? pageHelp(found) : `Cannot call the service now: it is busy (${found})`;
    return new RetryLaterError(sentence, { ...details, retryAfterMs });
  }
  if (status >= 500) {
    const sentence = webPage ? pageHelp(found) : `Cannot call the service: it failed (${found})`;
    return new ServiceError(sentence, details);
  }
  if (status >= 300 && status < 400) {
    return new ConfigurationError(
      `Cannot follow a redirect with a signed request (${found}); use the new URL, if you trust it`,
      details,
    );
  }
  if (status === 413 || (status === 400 && code !== undefined)) {
    return new RequestError(
      `Cannot call the service: AWS rejected the request (${found}); change the request`,
      details,
    );
  }
  if (contentCodingOf(response.headers) !== undefined) {
    return new ConfigurationError(
      `Cannot read the response: it was compressed, probably by a proxy (${found}); let it pass responses unchanged`,
      { ...details, code: code ?? "ResponseAltered" },
    );
  }
  const help = webPage
    ? "check the URL, and whether a proxy or a login page answers instead of it"
    : "check the URL";
  return new ConfigurationError(
    `Cannot find a Deltapipe service at this URL: something else answered (${found}); ${help}`,
    details,
  );
}

function pageHelp(found: string): string {
  return (
    `Cannot call the service: a web page came instead of its response (${found});` +
    " check the proxy or load balancer in between"
  );
}

/** https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html */
const authorizationCodes =
  /^(AccessDenied|ExpiredToken|IncompleteSignature|InvalidClientTokenId|InvalidSignature|MissingAuthenticationToken|NotAuthorized|OptInRequired|RequestExpired|UnrecognizedClient)(Exception)?$/;

function isAuthorization({ status, code }: ErrorResponse): boolean {
  return status === 401 || status === 403 || (status === 400 && authorizationCodes.test(code ?? ""));
}

/**
 * Names two permissions, because a Function URL needs both since October 2025:
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
function authorizationHelp(response: ErrorResponse): string {
  return (
    `Cannot call the service: AWS rejected the request (${response.found}); check the credentials, their permissions` +
    " (both lambda:InvokeFunctionUrl and lambda:InvokeFunction are needed) and the Region" +
    clockHelp(response.clockOffset)
  );
}

function clockHelp(offset: number | undefined): string {
  const minutes = Math.round(Math.abs(offset ?? 0) / 60_000);
  // A smaller difference does not matter, because AWS accepts a signature for five minutes.
  return minutes < 5
    ? ""
    : `, and set this machine's clock, which is ${minutes} minutes ${(offset ?? 0) < 0 ? "slow" : "fast"}`;
}

function retryAfter({ headers }: ErrorResponse, suggestedDelay: number): number {
  return parseRetryAfter(headerOf(headers, "retry-after")) ?? suggestedDelay;
}
