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
import { type Refused, type ResponseHead, headerOf, readRefusal } from "./read-error-response.ts";
import { contentCodingOf, isWebPage } from "./altered-response.ts";
import { shortened } from "../shared/printable-text.ts";
import { parseRetryAfter } from "../shared/retry-after.ts";

/** Reads the body of the response. `suggestedDelay`: milliseconds to wait if the service names no time. */
export async function refusalOf(response: ResponseHead, suggestedDelay: number): Promise<DeltapipeError> {
  const refused = await readRefusal(response);
  return refused.wire
    ? fromService(refused, refused.wire, suggestedDelay)
    : fromOthers(refused, suggestedDelay);
}

/** Our own error body: it says itself whether to repeat. */
function fromService(refused: Refused, wire: WireError, suggestedDelay: number): DeltapipeError {
  const message = `The service refused the request with ${shortened(wire.name, 100)}: ${shortened(wire.message, 1000)}`;
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
  const webPage = isWebPage(refused.headers);
  if (isAuthorization(refused)) {
    return new AuthorizationError(webPage ? pageHelp(found) : authorizationHelp(refused), details);
  }
  if (status === 429 || status === 503) {
    const retryAfterMs = retryAfter(refused, suggestedDelay);
    const sentence = webPage ? pageHelp(found) : `The service is busy: ${found}`;
    return new RetryLaterError(sentence, { ...details, retryAfterMs });
  }
  if (status >= 500)
    return new ServiceError(webPage ? pageHelp(found) : `The service failed: ${found}`, details);
  if (status >= 300 && status < 400) {
    return new ConfigurationError(
      `Cannot follow a redirect with a signed request: ${found}; set the URL that it leads to, if you trust it`,
      details,
    );
  }
  if (status === 413 || (status === 400 && code !== undefined)) {
    return new RequestError(`AWS refused the request: ${found}`, details);
  }
  if (contentCodingOf(refused.headers) !== undefined) {
    return new ConfigurationError(
      `Cannot read the response: ${found}; let what is between here and the service pass it unchanged`,
      { ...details, code: code ?? "ResponseAltered" },
    );
  }
  const place = webPage
    ? "check the URL, and whether a proxy or a login page answers in its place"
    : "check the URL";
  return new ConfigurationError(`There is no Deltapipe service at this URL: ${found}; ${place}`, details);
}

function pageHelp(found: string): string {
  return `A web page came in place of the service's answer: ${found}; look at the proxy or load balancer on the way`;
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
