// A failure of the connection -> what it means for the caller, above all whether the request may have been run.
import type { Message } from "../wire.ts";
import { alteredError, isBadFraming, isParserError } from "./altered-response.ts";
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
const tlsHelp =
  "no secure connection; check the URL, and where a proxy inspects TLS set NODE_EXTRA_CA_CERTS to its certificate";

/** For a failure before the response's headers. `suggestedDelay` is in milliseconds. */
export function connectionError(error: unknown, url: URL, suggestedDelay: number): DeltapipeError {
  const { host } = url;
  const refused = refusedByProxy(error, host, suggestedDelay);
  if (refused) return refused;
  const proxy = otherPeer(error, url);
  const at = proxy === undefined ? "" : ` at the proxy ${proxy}`;
  const code = codeOf(error);
  const details = { cause: causeOf(error), code: proxy === undefined ? code : "ProxyUnreachable" };
  if (notConnected.has(code) || syscallOf(error) === "connect") {
    return new RetryLaterError(`Cannot connect to ${host}: ${code}${at}`, {
      ...details,
      retryAfterMs: suggestedDelay,
    });
  }
  const mistake = misconfigured.get(code) ?? (tls.test(code) ? tlsHelp : undefined);
  if (mistake !== undefined) {
    const sentence = proxy === undefined ? mistake : `there is no proxy ${proxy}; check its URL`;
    return new ConfigurationError(`Cannot connect to ${host}: ${sentence} (${code})`, details);
  }
  if (isParserError(error)) {
    return new ConfigurationError(
      `There is no Deltapipe service at ${host}: what answers is not HTTP`,
      details,
    );
  }
  const nothing: Message = { role: "assistant", content: [] };
  if (isBadFraming(error)) return alteredError("its framing is not HTTP's", { partial: nothing });
  // The request may be running, and its answer is paid for: it is not sent again.
  return new StreamCutError(`${describeCut(error)}, before the answer began`, {
    ...details,
    partial: nothing,
  });
}

// undici says the status in its message alone:
// https://github.com/nodejs/undici/blob/v7.30.2/lib/dispatcher/proxy-agent.js
const tunnelRefused = /^Proxy response \((\d{3})\)/;

/** A proxy that makes no tunnel: the request was not sent. */
function refusedByProxy(error: unknown, host: string, suggestedDelay: number): DeltapipeError | undefined {
  const status = tunnelRefused.exec(error instanceof Error ? error.message : "")?.[1];
  if (status === undefined) return undefined;
  const details = { cause: error, code: "ProxyRefused" };
  const sentence = `Cannot connect to ${host}: the proxy answered ${status}`;
  if (/^(429|5..)$/.test(status)) {
    return new RetryLaterError(sentence, { ...details, retryAfterMs: suggestedDelay });
  }
  return status === "407"
    ? new ConfigurationError(`${sentence}; put a user name and a password into the proxy's URL`, details)
    : new ConfigurationError(
        `${sentence}; let it connect to this host, or name the host in NO_PROXY`,
        details,
      );
}

/** Where the connection was to go, if that is not the URL's own host: a proxy. */
function otherPeer(error: unknown, url: URL): string | undefined {
  const { hostname, address, port } = firstOf(error) as {
    hostname?: string;
    address?: string;
    port?: number;
  };
  if (typeof hostname === "string") return hostname === url.hostname ? undefined : hostname;
  if (typeof address !== "string" || typeof port !== "number") return undefined;
  const own = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  return port === own ? undefined : `${address}:${port}`;
}

/** A host of several addresses fails with an error for each: https://nodejs.org/api/net.html#socketconnectoptions-connectlistener */
function firstOf(error: unknown): object {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return typeof first === "object" && first !== null ? first : {};
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

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string") return code;
  return error instanceof Error ? error.name : "unknown";
}

function syscallOf(error: unknown): unknown {
  return (error as { syscall?: unknown } | null)?.syscall;
}
