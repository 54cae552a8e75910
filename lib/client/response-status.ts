// Finds the status with which a web server reports an answer that failed before it began.
import {
  AbortError,
  AuthorizationError,
  ConfigurationError,
  type DeltapipeError,
  RequestError,
  RetryLaterError,
  TimeoutError,
} from "./errors.ts";

export function statusOf(error: DeltapipeError): number {
  // The mistake is this server's own, not its caller's: AWS's 403 must not look like one for the caller.
  if (error instanceof ConfigurationError || error instanceof AuthorizationError) return 500;
  if (error instanceof AbortError) return 503;
  if (error instanceof TimeoutError) return 504;
  const { status = 0 } = error;
  if (status >= 400 && status < 600) return status;
  if (error instanceof RequestError) return 400;
  return error instanceof RetryLaterError ? 503 : 502;
}
