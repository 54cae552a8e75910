// Rejects requests that web pages send to the proxy, because the proxy would sign them with the user's credentials.
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { ProxyError } from "./proxy-error.ts";

export interface CallerRules {
  /** The values of `Host` that name this proxy, such as `127.0.0.1:9100`. */
  hosts: string[];
  token: string;
  /** Whether callers other than browsers need the token as well. */
  requireToken: boolean;
}

export const tokenHeader = "x-deltapipe-token";

/**
 * The values of `Host` that name the proxy on this port. Clients leave out port 80:
 * https://www.rfc-editor.org/rfc/rfc9110#section-7.2
 */
export function hostsOf(port: number, ipv6: boolean): string[] {
  const names = ["127.0.0.1", "localhost", ...(ipv6 ? ["[::1]"] : [])];
  return names.flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]);
}

/** Throws a {@link ProxyError} with the status 403. */
export function checkCaller(request: IncomingMessage, rules: CallerRules): void {
  checkOrigin(request, rules);
  const { headers } = request;
  // Every browser sends one of these two headers. (`sec-fetch-mode` would not do, because Node's fetch sends it too.)
  // https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
  const isBrowser = headers.origin !== undefined || headers["sec-fetch-site"] !== undefined;
  checkToken(headers[tokenHeader], rules, isBrowser);
}

/** Checks everything but the token: the request must be for this address, and must not come from a page of another origin. */
export function checkOrigin(request: IncomingMessage, rules: CallerRules): void {
  const host = checkHost(request, rules);
  const { headers } = request;
  const origin = `http://${host}`;
  checkPage(headers.origin, origin);
  checkPage(headers.referer === undefined ? undefined : originOf(headers.referer), origin);
  const site = headers["sec-fetch-site"];
  // "none" means that the user typed the address. "same-site" is rejected: it means a page from another port of this machine.
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw foreignOrigin("the browser sent the request for a page from another origin", origin);
  }
}

/**
 * Prevents DNS rebinding, an attack in which a web page makes its own host name resolve to this machine. The page's
 * requests still have that host name in `Host`.
 */
function checkHost({ headersDistinct }: IncomingMessage, { hosts }: CallerRules): string {
  const found = headersDistinct["host"] ?? [];
  const [host = ""] = found;
  if (found.length === 1 && hosts.includes(host.toLowerCase())) return host.toLowerCase();
  const described =
    found.length > 1 ? "it occurs twice" : host === "" ? "it is missing" : "it does not name this proxy";
  throw new ProxyError(
    "ForeignHost",
    `Cannot accept the request's Host header: ${described}; call http://${hosts[0]}/`,
  );
}

function checkPage(found: string | undefined, own: string): void {
  if (found === undefined || found === own) return;
  throw foreignOrigin("a page from another origin sent it", own);
}

function foreignOrigin(found: string, own: string): ProxyError {
  return new ProxyError(
    "ForeignOrigin",
    `Cannot sign for a web page: ${found}; only pages from ${own} may call this proxy, with the header ${tokenHeader}`,
  );
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "";
}

function checkToken(found: string | string[] | undefined, rules: CallerRules, isBrowser: boolean): void {
  if (found === undefined) {
    if (!isBrowser && !rules.requireToken) return;
    const who = isBrowser ? "a browser's request" : "a request";
    throw new ProxyError(
      "InvalidToken",
      `Cannot sign ${who} without the header ${tokenHeader}: it is missing; send the token that the proxy printed when it started`,
    );
  }
  if (equals(String(found), rules.token)) return;
  throw new ProxyError(
    "InvalidToken",
    `Cannot accept the header ${tokenHeader}: it is wrong; send the token that the proxy printed when it last started`,
  );
}

/** Compares hashes in constant time, so that the time reveals nothing about the token. */
function equals(text: string, expected: string): boolean {
  return timingSafeEqual(hash(text), hash(expected));
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
