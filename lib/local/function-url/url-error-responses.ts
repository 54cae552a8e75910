// The error responses that the Function URL sends instead of a response from the function.
import type { SignatureErrorResponse } from "../signature/index.ts";

export interface UrlErrorResponse {
  status: number;
  /** The value of `x-amzn-errortype`. */
  errorType?: string;
  body: string;
}

/** Unsigned requests get the response for a missing permission, as on AWS. */
export function invalidSignature({ status, type, message }: SignatureErrorResponse): UrlErrorResponse {
  if (type === "MissingAuthenticationTokenException") return forbidden();
  return { status, errorType: type, body: JSON.stringify({ message }) };
}

/** Uses the message of Lambda's Invoke API, because the Function URL's message is not documented. */
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

/** The response does not say why the function failed. Only the log does. */
export function internalServerError(): UrlErrorResponse {
  return { status: 502, body: "Internal Server Error" };
}

export function badRequest(): UrlErrorResponse {
  return { status: 400, body: JSON.stringify({ message: "Bad Request" }) };
}

/** Has no counterpart on AWS, where no foreign host name reaches a Function URL. */
export function foreignHostError(message: string): UrlErrorResponse {
  return { status: 403, errorType: "AccessDeniedException", body: JSON.stringify({ message }) };
}

/** Copied from a response of AWS: https://github.com/awsdocs/aws-lambda-developer-guide/issues/494 */
function forbidden(): UrlErrorResponse {
  const Message =
    "Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";
  return { status: 403, errorType: "AccessDeniedException", body: JSON.stringify({ Message }) };
}
