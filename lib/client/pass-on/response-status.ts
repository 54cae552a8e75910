// Chooses the status of a web server's response for an answer that failed before it began.
import {
  AbortError,
  AuthorizationError,
  ConfigurationError,
  type DeltapipeError,
  RequestError,
  RetryLaterError,
  TimeoutError,
} from "../errors.ts";

export function statusOf(error: DeltapipeError): number {
  // This server is at fault, not its caller. If a 403 from AWS were passed on, callers would look for the fault in their own
  // permissions.
  if (error instanceof ConfigurationError || error instanceof AuthorizationError) return 500;
  if (error instanceof AbortError) return 503;
  if (error instanceof TimeoutError) return 504;
  const { status = 0 } = error;
  if (status >= 400 && status < 600) return status;
  if (error instanceof RequestError) return 400;
  return error instanceof RetryLaterError ? 503 : 502;
}
