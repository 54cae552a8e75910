// Writes the lines of an answer as newline-delimited JSON or as server-sent events, in the service's own form.
import type { ErrorLine } from "../wire.ts";
import { AuthorizationError, ConfigurationError, type DeltapipeError } from "./errors.ts";
import type { ReceivedLine } from "./ndjson.ts";

export type LineFormat = "ndjson" | "sse";

/** So that a reader such as EventSource, which asks again when a stream ends, waits an hour with it. */
const reconnectionMs = 3_600_000;

/** Names by which an EventSource reports its own connection. */
const reservedNames: ReadonlySet<string> = new Set(["failure", "open"]);

/** Empty for an empty line. */
export function formatLine({ line, text }: ReceivedLine, format: LineFormat): string {
  if (line === undefined) return "";
  if (format === "ndjson") return `${text}\n`;
  // A carriage return would end the field. JSON has it only between its tokens.
  return `${sseFields(line)}event: ${sseName(line.type)}\ndata: ${text.replaceAll("\r", "")}\n\n`;
}

function sseFields(line: NonNullable<ReceivedLine["line"]>): string {
  if (line.type !== "start") return "";
  return `id: ${String(line.requestId).replaceAll(/[\r\n\0]/g, "")}\nretry: ${reconnectionMs}\n`;
}

function sseName(type: string): string {
  if (type === "error") return "failure";
  return reservedNames.has(type) ? `bedrock:${type}` : type;
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
