// A failure of the connection -> what it means for the caller, above all whether the request may have been run.
import { ConfigurationError, type DeltapipeError, RetryLaterError, StreamCutError } from "./errors.ts";

// The request was not sent.
const notConnected = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const misconfigured = new Map([
  ["ENOTFOUND", "there is no host of this name; check the URL"],
  ["UND_ERR_CLOSED", "the dispatcher is closed"],
  ["UND_ERR_DESTROYED", "the dispatcher is closed"],
  ["UND_ERR_INVALID_ARG", "undici refuses an argument"],
]);

// OpenSSL's and Node's names: https://nodejs.org/api/tls.html#x509-certificate-error-codes
const tls = /CERT|TLS|SSL|^EPROTO$|^UNABLE_TO/;

/** For a failure before the response's headers. `suggestedDelay` is in milliseconds. */
export function connectionError(error: unknown, host: string, suggestedDelay: number): DeltapipeError {
  const code = codeOf(error);
  const details = { cause: causeOf(error), code };
  if (notConnected.has(code) || syscallOf(error) === "connect") {
    return new RetryLaterError(`Cannot connect to ${host}: ${code}`, {
      ...details,
      retryAfterMs: suggestedDelay,
    });
  }
  const mistake =
    misconfigured.get(code) ?? (tls.test(code) ? "no secure connection; check the URL" : undefined);
  if (mistake !== undefined) {
    return new ConfigurationError(`Cannot connect to ${host}: ${mistake} (${code})`, details);
  }
  if (isParserError(error)) {
    return new ConfigurationError(
      `There is no Deltapipe service at ${host}: what answers is not HTTP`,
      details,
    );
  }
  // The request may be running, and its answer is paid for: it is not sent again.
  return new StreamCutError(`${describeCut(error)}, before the answer began`, {
    ...details,
    partial: { role: "assistant", content: [] },
  });
}

/** One clause for a connection that ended in the middle of something. */
export function describeCut(error: unknown): string {
  const code = codeOf(error);
  if (code === "UND_ERR_BODY_TIMEOUT") return "The stream was silent for longer than idleTimeout";
  if (code === "UND_ERR_HEADERS_TIMEOUT") return "The service was silent for longer than firstByteTimeout";
  return `The connection was lost (${code})`;
}

/** The error itself, unless it holds what was received: a log would show the model's words. */
export function causeOf(error: unknown): unknown {
  return isParserError(error) ? undefined : error;
}

function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === "HTTPParserError";
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string") return code;
  return error instanceof Error ? error.name : "unknown";
}

function syscallOf(error: unknown): unknown {
  return (error as { syscall?: unknown } | null)?.syscall;
}
