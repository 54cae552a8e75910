// The answers that Lambda gives in the function's stead, with its own bodies and error types.
import type { SignatureErrorResponse } from "../signature/index.ts";

export interface UrlErrorResponse {
  status: number;
  /** For `x-amzn-errortype`. */
  errorType?: string;
  body: string;
}

/** Recorded from AWS: https://github.com/awsdocs/aws-lambda-developer-guide/issues/494 */
function forbidden(): UrlErrorResponse {
  const Message =
    "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";
  return { status: 403, errorType: "AccessDeniedException", body: JSON.stringify({ Message }) };
}

/** A request that is not signed at all is simply not permitted. */
export function unsigned({ status, type, message }: SignatureErrorResponse): UrlErrorResponse {
  if (type === "MissingAuthenticationTokenException") return forbidden();
  return { status, errorType: type, body: JSON.stringify({ message }) };
}

/** Lambda's words for Invoke; those of a Function URL are not known. */
export function tooLarge(limit: number): UrlErrorResponse {
  const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
  return {
    status: 413,
    errorType: "RequestEntityTooLargeException",
    body: JSON.stringify({ Type: "User", message }),
  };
}

export function tooManyRequests(): UrlErrorResponse {
  const Reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
  return {
    status: 429,
    errorType: "TooManyRequestsException",
    body: JSON.stringify({ Reason, Type: "User", message: "Rate Exceeded." }),
  };
}

/** All that a caller learns of a function that failed. */
export function internalServerError(): UrlErrorResponse {
  return { status: 502, body: "Internal Server Error" };
}

export function badRequest(): UrlErrorResponse {
  return { status: 400, body: JSON.stringify({ message: "Bad Request" }) };
}

/** No answer of AWS's, where a Function URL is nobody's neighbour. */
export function notForStrangers(message: string): UrlErrorResponse {
  return { status: 403, errorType: "AccessDeniedException", body: JSON.stringify({ message }) };
}
