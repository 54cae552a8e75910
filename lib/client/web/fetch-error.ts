// Turns a failed fetch into the error for the caller. Fetch does not say whether the request was sent.
import type { Message } from "../../wire.ts";
import { type DeltapipeError, RetryLaterError, StreamCutError } from "../errors.ts";

/**
 * Codes of Node and Bun for a connection that was never made, so the request can be repeated. Errors of other runtimes,
 * such as browsers and Workers, have no code, so the service may have received the request.
 */
const notConnected = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "ConnectionRefused",
]);

/** `suggestedDelay` is in milliseconds. */
export function fetchError(error: unknown, { host }: URL, suggestedDelay: number): DeltapipeError {
  const code = codeOf(error) ?? codeOf((error as Error | null)?.cause);
  if (code !== undefined && notConnected.has(code)) {
    return new RetryLaterError(`Cannot connect to ${host}: ${code}`, {
      cause: error,
      code,
      retryAfterMs: suggestedDelay,
    });
  }
  const found = error instanceof Error ? error.message : "no reason given";
  return new StreamCutError(
    `Cannot get an answer from ${host}: fetch failed without a response (${found}); check the URL and the network. In a` +
      " browser, check also the credentials, and that the Function URL's CORS settings allow this page's origin:" +
      " if AWS sends a rejection without CORS headers, the browser hides it",
    { cause: error, code: code ?? "FetchFailed", partial: nothing },
  );
}

/** The error if the response's headers did not arrive in time. */
export function silentServiceError(): DeltapipeError {
  return new StreamCutError("Cannot get an answer: the service was silent for longer than firstByteTimeout", {
    code: "FirstByteTimeout",
    partial: nothing,
  });
}

const nothing: Message = { role: "assistant", content: [] };

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
