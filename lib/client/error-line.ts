// The service's error object: the last line of a stream that failed, or the body of a refusal.
import type { ErrorLine, WireError } from "../wire.ts";

/** Whether a value is the service's error object, in a body or in a line. */
export function isErrorLine(value: unknown): value is ErrorLine {
  const error = (value as Partial<ErrorLine> | null)?.error as Partial<WireError> | null | undefined;
  return (
    (value as Partial<ErrorLine> | null)?.type === "error" &&
    typeof error?.name === "string" &&
    typeof error.message === "string" &&
    typeof error.retryable === "boolean"
  );
}
