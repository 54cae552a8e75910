// Writes the lines of an answer as newline-delimited JSON or as server-sent events, in the service's own form.
import type { ErrorLine } from "../../wire.ts";
import { AuthorizationError, ConfigurationError, type DeltapipeError, RetryLaterError } from "../errors.ts";
import type { ReceivedLine } from "../ndjson.ts";
import { sseFieldsOf } from "../../shared/sse-fields.ts";

export type LineFormat = "ndjson" | "sse";

/** Returns the line with its line ending, or an empty string for an empty line. */
export function formatLine({ line, text }: ReceivedLine, format: LineFormat): string {
  if (line === undefined) return "";
  if (format === "ndjson") return `${text}\n`;
  const requestId = line.type === "start" ? String(line.requestId) : "";
  // A carriage return would end the field. In JSON it occurs only between tokens, so it can be removed.
  return `${sseFieldsOf({ type: line.type, requestId })}${text.replaceAll("\r", "")}\n\n`;
}

/**
 * Makes the `error` line for an answer that the service could not end itself. Errors about the server's settings, credentials,
 * hosts or proxies get a general message: the readers of the response cannot change these, and must not see them.
 */
export function errorLineOf(error: DeltapipeError): ReceivedLine {
  const { retryable, requestId = "" } = error;
  const line: ErrorLine = { type: "error", error: { ...publicTexts(error), retryable, requestId } };
  return { line, text: JSON.stringify(line) };
}

function publicTexts(error: DeltapipeError): { name: string; message: string } {
  if (error instanceof ConfigurationError || error instanceof AuthorizationError) {
    return { name: "InternalError", message: "Cannot answer: this server cannot call the service" };
  }
  if (error instanceof RetryLaterError && error.status === undefined) {
    return { name: "UpstreamUnreachable", message: "Cannot reach the service: try again later" };
  }
  return { name: error.code ?? error.name, message: error.message };
}
