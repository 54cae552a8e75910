// Writes the lines of an answer as newline-delimited JSON or as server-sent events, in the service's own form.
import type { ErrorLine } from "../wire.ts";
import { AuthorizationError, ConfigurationError, type DeltapipeError } from "./errors.ts";
import type { ReceivedLine } from "./ndjson.ts";
import { sseFieldsOf } from "../shared/sse-fields.ts";

export type LineFormat = "ndjson" | "sse";

/** Empty for an empty line. */
export function formatLine({ line, text }: ReceivedLine, format: LineFormat): string {
  if (line === undefined) return "";
  if (format === "ndjson") return `${text}\n`;
  // A carriage return would end the field. JSON has it only between its tokens.
  const requestId = line.type === "start" ? String(line.requestId) : "";
  return `${sseFieldsOf({ type: line.type, requestId })}${text.replaceAll("\r", "")}\n\n`;
}

/** The line that ends an answer if the service could not send one. */
export function errorLineOf(error: DeltapipeError): ReceivedLine {
  const isOurs = error instanceof ConfigurationError || error instanceof AuthorizationError;
  const line: ErrorLine = {
    type: "error",
    error: {
      // Readers cannot do anything about the settings of the server that calls the service, and must not see them.
      name: isOurs ? "InternalError" : (error.code ?? error.name),
      message: isOurs ? "Cannot answer: this server cannot call the service" : error.message,
      retryable: error.retryable,
      requestId: error.requestId ?? "",
    },
  };
  return { line, text: JSON.stringify(line) };
}
