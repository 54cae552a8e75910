// Turns a failed connection into the error for the caller. Above all, decides whether the model may have run.
import type { Message } from "../../wire.ts";
import { alteredError } from "../altered-response.ts";
import { ConfigurationError, type DeltapipeError, RetryLaterError, StreamCutError } from "../errors.ts";
import { isBadFraming, isParserError } from "./bad-framing.ts";

/** Codes of errors that occur before the request is sent, so the request can be repeated. */
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
  ["ENOTFOUND", "this host name does not exist; check the URL"],
  ["UND_ERR_CLOSED", "the dispatcher is closed; pass an open one"],
  ["UND_ERR_DESTROYED", "the dispatcher is closed; pass an open one"],
  ["UND_ERR_INVALID_ARG", "undici rejects an argument; check the dispatcher"],
]);

/** Error codes of OpenSSL and Node: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const tls = /CERT|TLS|SSL|^EPROTO$|^UNABLE_TO/;
const tlsHelp =
  "the TLS handshake failed; check the URL, and if a proxy inspects TLS, set NODE_EXTRA_CA_CERTS to its certificate";

/** Makes the error for a connection that failed before the response's headers arrived. `suggestedDelay` is in milliseconds. */
export function connectionError(error: unknown, url: URL, suggestedDelay: number): DeltapipeError {
  const { host } = url;
  const rejected = rejectedByProxy(error, host, suggestedDelay);
  if (rejected) return rejected;
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
  const hint = misconfigured.get(code) ?? (tls.test(code) ? tlsHelp : undefined);
  if (hint !== undefined) {
    const found = proxy === undefined ? hint : `the proxy ${proxy} does not exist; check its URL`;
    return new ConfigurationError(`Cannot connect to ${host}: ${found} (${code})`, details);
  }
  if (isParserError(error)) {
    return new ConfigurationError(
      `Cannot find a Deltapipe service at ${host}: the response is not HTTP; check the URL`,
      details,
    );
  }
  const partial: Message = { role: "assistant", content: [] };
  if (isBadFraming(error)) return alteredError("its HTTP framing was broken", { partial });
  // Not a RetryLaterError: the model may be running, and a second request would be paid for as well.
  return new StreamCutError(`Cannot get an answer: ${describeCut(error)}`, {
    ...details,
    partial,
  });
}

/**
 * undici reports the proxy's status only in the message:
 * https://github.com/nodejs/undici/blob/v7.30.2/lib/dispatcher/proxy-agent.js
 */
const tunnelRejected = /^Proxy response \((\d{3})\)/;

/** The error if a proxy rejected the tunnel, in which case the request has not been sent. Otherwise undefined. */
function rejectedByProxy(error: unknown, host: string, suggestedDelay: number): DeltapipeError | undefined {
  const status = tunnelRejected.exec(error instanceof Error ? error.message : "")?.[1];
  if (status === undefined) return undefined;
  const details = { cause: error, code: "ProxyRefused" };
  const sentence = `Cannot connect to ${host}: the proxy answered ${status}`;
  if (/^(429|5..)$/.test(status)) {
    return new RetryLaterError(sentence, { ...details, retryAfterMs: suggestedDelay });
  }
  return status === "407"
    ? new ConfigurationError(`${sentence}; put a user name and password into the proxy's URL`, details)
    : new ConfigurationError(
        `${sentence}; allow this host in the proxy, or list the host in NO_PROXY`,
        details,
      );
}

/** The proxy's host, if the proxy could not be reached: the error then names another host or port than the URL does. */
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

/**
 * If a host has several addresses, Node reports one error for each:
 * https://nodejs.org/api/net.html#socketconnectoptions-connectlistener
 */
function firstOf(error: unknown): object {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return typeof first === "object" && first !== null ? first : {};
}

/** Describes in one clause why a connection ended too early. */
export function describeCut(error: unknown): string {
  const code = codeOf(error);
  if (code === "UND_ERR_BODY_TIMEOUT") return "the stream was silent for longer than idleTimeout";
  if (code === "UND_ERR_HEADERS_TIMEOUT") return "the service was silent for longer than firstByteTimeout";
  return `the connection was lost (${code})`;
}

/**
 * Returns the error for use as the `cause` of another error. Undefined for a parser error, because that error quotes what was
 * received, and logs must not show the answer.
 */
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
