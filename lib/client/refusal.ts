// A response that is not the stream -> the error that says what the caller can do.
import type { WireError } from "../wire.ts";
import {
  AuthorizationError,
  ConfigurationError,
  type DeltapipeError,
  RequestError,
  RetryLaterError,
  ServiceError,
} from "./errors.ts";
import { type Refused, type ResponseHead, headerOf, readRefusal } from "./refused-response.ts";
import { parseRetryAfter } from "./retry.ts";

/** Reads the body of the response. `suggestedDelay`: milliseconds to wait if the service names no time. */
export async function refusalOf(response: ResponseHead, suggestedDelay: number): Promise<DeltapipeError> {
  const refused = await readRefusal(response);
  return refused.wire
    ? fromService(refused, refused.wire, suggestedDelay)
    : fromOthers(refused, suggestedDelay);
}

/** Our own error body: it says itself whether to repeat. */
function fromService(refused: Refused, wire: WireError, suggestedDelay: number): DeltapipeError {
  const message = `The service refused the request with ${wire.name}: ${wire.message}`;
  const details = { code: wire.name, requestId: wire.requestId };
  if (wire.retryable) {
    return new RetryLaterError(message, { ...details, retryAfterMs: retryAfter(refused, suggestedDelay) });
  }
  return [400, 403, 404, 405, 413].includes(refused.status)
    ? new RequestError(message, details)
    : new ServiceError(message, details);
}

/** AWS in front of the service, a proxy, or a server that has nothing to do with it. */
function fromOthers(refused: Refused, suggestedDelay: number): DeltapipeError {
  const { status, code, requestId, found } = refused;
  const details = { code, requestId };
  if (isAuthorization(refused)) return new AuthorizationError(authorizationHelp(refused), details);
  if (status === 429 || status === 503) {
    const retryAfterMs = retryAfter(refused, suggestedDelay);
    return new RetryLaterError(`The service is busy: ${found}`, { ...details, retryAfterMs });
  }
  if (status >= 500) return new ServiceError(`The service failed: ${found}`, details);
  if (status >= 300 && status < 400) {
    return new ConfigurationError(
      `Cannot follow a redirect with a signed request: ${found}; set the URL that it leads to, if you trust it`,
      details,
    );
  }
  if (status === 413 || (status === 400 && code !== undefined)) {
    return new RequestError(`AWS refused the request: ${found}`, details);
  }
  return new ConfigurationError(
    `There is no Deltapipe service at this URL: ${found}; check the URL`,
    details,
  );
}

// https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
const authorizationCodes =
  /^(AccessDenied|ExpiredToken|IncompleteSignature|InvalidClientTokenId|InvalidSignature|MissingAuthenticationToken|NotAuthorized|OptInRequired|RequestExpired|UnrecognizedClient)(Exception)?$/;

function isAuthorization({ status, code }: Refused): boolean {
  return status === 401 || status === 403 || (status === 400 && authorizationCodes.test(code ?? ""));
}

// Since October 2025 a Function URL needs both permissions:
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
function authorizationHelp(refused: Refused): string {
  return (
    `AWS refused the request: ${refused.found}. Check that these credentials are the ones you mean, that they have` +
    " both lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function, and that the Region is right" +
    clockHelp(refused.clockOffset)
  );
}

function clockHelp(offset: number | undefined): string {
  const minutes = Math.round(Math.abs(offset ?? 0) / 60_000);
  // AWS accepts a signature for five minutes.
  return minutes < 5
    ? ""
    : `. This machine's clock is ${minutes} minutes ${(offset ?? 0) < 0 ? "slow" : "fast"}: set it`;
}

function retryAfter({ headers }: Refused, suggestedDelay: number): number {
  return parseRetryAfter(headerOf(headers, "retry-after")) ?? suggestedDelay;
}
