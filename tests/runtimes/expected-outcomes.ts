// The expected outcome of each case. Some outcomes depend on the kind of runtime.
import { sampleMessage } from "../support/frames/sample-stream.ts";
import type { Outcomes } from "./cases.ts";

/**
 * The kind of a runtime. `undici`: the runtime uses the package's entry for Node. With the other kinds, the package uses the
 * runtime's own `fetch`. If a connection is refused, the error of `undici` and of the kind `fetch` says so, but not that of
 * `silent fetch` and `browser`.
 */
export type Kind = "undici" | "fetch" | "silent fetch" | "browser";

const content = sampleMessage.content;
const stopReason = "tool_use";

export function expectedOutcomes(kind: Kind): Outcomes {
  return {
    "a whole answer": { text: "Grüße, 世界 😀\n", stopReason, content },
    "an answer byte by byte": { stopReason, content },
    "an answer that is cut at every 13th byte": { wrong: [], some: true },
    "an answer that a proxy cuts to its content-length": {
      error: "StreamFailedError",
      code: "ResponseAltered",
      requestId: "7f3c",
      partialText: "Grüße, ",
    },
    "an error line": {
      error: "StreamFailedError",
      code: "ModelStreamErrorException",
      requestId: "request-1",
      partialText: "Grüße, ",
    },
    "an error response with each status": {
      400: "RequestError Name400",
      403: "RequestError Name403",
      404: "RequestError Name404",
      405: "RequestError Name405",
      413: "RequestError Name413",
      424: "ServiceError Name424",
      429: "RetryLaterError Name429 7000",
      500: "ServiceError Name500",
      502: "ServiceError Name502",
      503: "RetryLaterError Name503 7000",
      504: "ServiceError Name504",
    },
    // If a request with a preflight is redirected, Chromium fails it without showing the redirect to the client.
    "a redirect": kind === "browser" ? "StreamCutError" : "ConfigurationError",
    "an error response from AWS in front of the service": {
      403: "AuthorizationError AccessDeniedException aws-1",
      429: "RetryLaterError AccessDeniedException aws-1",
      502: "ServiceError AccessDeniedException aws-1",
    },
    "a retry of a busy service": { stopReason, requests: 2 },
    // A request that may have run is not repeated, so the client retries only if the error shows that nothing was sent.
    "a refused connection": kind === "undici" || kind === "fetch" ? "RetryLaterError" : "StreamCutError",
    "an abort before the request": { error: "AbortError", requests: 0 },
    "an abort while the service is silent": { error: "AbortError", closed: true },
    "an abort in the stream": {
      error: "AbortError",
      texts: ["Grüße, "],
      partialText: "Grüße, ",
      closed: true,
    },
    "an abort by a timer while the client waits": {
      error: "TimeoutError",
      partialText: "Grüße, ",
      closed: true,
    },
    "an abort after the end": stopReason,
    "a loop that ends early": { error: "AbortError", closed: true },
    "a body that stays open after the last line": { stopReason, closed: true },
    "a reader who pauses for longer than idleTimeout": { deltas: 30_000, isHeldBack: true, closed: true },
    "pings within idleTimeout": stopReason,
    "silence before the first byte": { error: "StreamCutError", isNamed: true, closed: true },
    "silence in the stream": {
      error: "StreamCutError",
      isNamed: true,
      partialText: "Grüße, ",
      closed: true,
    },
    // `fetch` decompresses the answer, and undici does not.
    "a proxy that compresses":
      kind === "undici"
        ? { error: "StreamFailedError", code: "ResponseAltered", partialText: "" }
        : { error: "none" },
    "a proxy that compresses without saying so": {
      error: "StreamFailedError",
      code: "ResponseAltered",
      partialText: "",
    },
  };
}
