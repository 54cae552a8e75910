// Sends a request with fetch, and adds the timeouts that fetch does not have.
import { onAbort } from "../../shared/abort.ts";
import { ConfigurationError } from "../errors.ts";
import type { IncomingResponse, OutgoingRequest, ResponseHeaders } from "../platform.ts";
import { readableBody } from "./response-body.ts";
import { fetchError, silentServiceError } from "./fetch-error.ts";

export async function send(request: OutgoingRequest): Promise<IncomingResponse> {
  const { url, signal, idleTimeout } = request;
  const connection = new AbortController();
  const unfollow = onAbort(signal, () => connection.abort(signal.reason));
  // Set by our own timer, because fetch's error for an aborted request does not say why it was aborted.
  let isSilent = false;
  const timer = setTimeout(() => {
    isSilent = true;
    connection.abort();
  }, request.firstByteTimeout);
  try {
    const response = await fetch(url.href, optionsOf(request, connection.signal));
    if (response.type === "opaqueredirect") throw redirectError();
    const body = readableBody(response.body, { idleTimeout, connection, onClose: unfollow });
    return { status: response.status, headers: headersOf(response.headers), body };
  } catch (error) {
    unfollow();
    signal.throwIfAborted();
    if (isSilent) throw silentServiceError();
    throw fetchError(error, url, request.suggestedDelay);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Sets no options that are not needed: `cache: "no-store"` makes Chromium ask for permission before each request, and
 * workerd rejects `mode` and `credentials`.
 */
function optionsOf({ method, headers, body }: OutgoingRequest, signal: AbortSignal): RequestInit {
  // The runtime sets `host` itself. Browsers forbid it: https://fetch.spec.whatwg.org/#forbidden-request-header
  const { host: _host, ...rest } = headers;
  return { method, headers: rest, ...(body !== undefined && { body }), redirect: "manual", signal };
}

/** fetch has decompressed the body, so the headers of its compressed form no longer apply. */
function headersOf(headers: Headers): ResponseHeaders {
  const { "content-encoding": coding, ...rest } = Object.fromEntries(headers);
  if (coding !== undefined) delete rest["content-length"];
  return rest;
}

/** Browsers hide the status and the new URL: https://fetch.spec.whatwg.org/#concept-filtered-response-opaque-redirect */
function redirectError(): ConfigurationError {
  return new ConfigurationError(
    "Cannot follow a redirect with a signed request: it is signed for the old URL only; use the new URL, if you trust it",
  );
}
