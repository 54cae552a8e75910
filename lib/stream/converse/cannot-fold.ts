// The error for an answer that does not fit into one response.
import { ConverseError } from "../converse-error.ts";

/** The error is not retryable, because the same request would fail in the same way. */
export function cannotFold(found: string): ConverseError {
  const message = `Cannot return the answer in one response: ${found}; use ConverseStream`;
  return new ConverseError("UpstreamInvalid", message);
}
