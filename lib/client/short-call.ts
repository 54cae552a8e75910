// Calls of the service whose response is a short text, such as the list of models.
import { isTimeout } from "../shared/timeout-reason.ts";
import { AbortError, TimeoutError } from "./errors.ts";
import type { ServiceRequest } from "./transport.ts";

export interface ShortCall {
  /** The service's URL. */
  url: URL;
  /** The caller's signal. */
  signal: AbortSignal | undefined;
  /** Resolves with the response's body. Rejects with the errors of `Send`, and with the reason of the caller's signal. */
  request: (request: ServiceRequest) => Promise<string>;
}

/** Rejects with an error for the caller if the signal aborts. `action` is what the caller wanted, for its message. */
export async function requestFor(
  action: string,
  { signal, request }: ShortCall,
  sent: Omit<ServiceRequest, "accept">,
): Promise<string> {
  try {
    return await request({ accept: "application/json", ...sent });
  } catch (error) {
    throw signal?.aborted ? abortError(action, signal.reason) : error;
  }
}

function abortError(action: string, cause: unknown): AbortError | TimeoutError {
  const details = { partial: { role: "assistant" as const, content: [] }, cause };
  return isTimeout(cause)
    ? new TimeoutError(`Cannot ${action}: the time limit of the caller's signal passed`, details)
    : new AbortError(`Cannot ${action}: the caller's signal aborted the request`, details);
}
