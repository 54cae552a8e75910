// Turns the response that refuses a handshake into the error for the caller. At that point, no question has been sent.
import { AuthorizationError, ConfigurationError, type DeltapipeError, RetryLaterError } from "../errors.ts";
import { errorNameIn } from "../../shared/error-body.ts";
import { shortened } from "../../shared/printable-text.ts";

export interface Refusal {
  status: number;
  /** The value of the header `x-amzn-errortype`. */
  errorType: string | undefined;
  requestId: string | undefined;
}

/** `suggestedDelay` is in milliseconds. `permission` is the permission that the caller needs. */
export function handshakeError(
  { status, errorType, requestId }: Refusal,
  { host }: URL,
  { suggestedDelay, permission }: { suggestedDelay: number; permission: string },
): DeltapipeError {
  const code = errorType === undefined ? undefined : errorNameIn(errorType);
  const details = { status, code, requestId };
  const found = `status ${status}${code === undefined ? "" : `, ${shortened(code, 100)}`}`;
  if (status === 401 || status === 403) {
    return new AuthorizationError(
      `Cannot open a connection to ${host}: AWS rejected the handshake (${found}); check the credentials, their` +
        ` permission ${permission}, the Region, the URL's path, and this machine's clock`,
      details,
    );
  }
  if (status === 429 || status >= 500) {
    return new RetryLaterError(`Cannot open a connection to ${host} now: it is busy or failed (${found})`, {
      ...details,
      retryAfterMs: suggestedDelay,
    });
  }
  return new ConfigurationError(
    `Cannot open a WebSocket at ${host}: something else answered (${found}); check the URL`,
    details,
  );
}
