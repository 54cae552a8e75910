// Selects the headers that pass through the proxy, in each direction.
import type { IncomingHttpHeaders } from "node:http";
import { ProxyError } from "./proxy-error.ts";

/** Headers about one connection only: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const hopByHop =
  /^(connection|keep-alive|proxy-(authenticate|authorization|connection)|te|trailer|transfer-encoding|upgrade)$/;

/** The caller's own signature, which a new one replaces. */
const signature = /^(authorization|x-amz-(content-sha256|date|region-set|security-token))$/;

/**
 * `host` and `content-length`: this proxy sends its own. `expect`: it has already answered.
 * `cookie`: browsers send every local server's cookies to each port, https://www.rfc-editor.org/rfc/rfc6265#section-8.5
 * The others describe a page from this proxy's address. The service would think that the page calls it directly.
 */
const ownToThisSide =
  /^(host|content-length|expect|cookie|origin|referer|access-control-request-.*|sec-.*|x-deltapipe-token)$/;

/**
 * These would apply to every server on this machine, or let other pages read the response. `alt-svc` (HTTP/3) and HSTS
 * are about the service's own host.
 */
const onlyForService = /^(set-cookie|access-control-.*|alt-svc|clear-site-data|strict-transport-security)$/;

const pseudonym = "deltapipe-proxy";

export interface ForwardedHeaders {
  /** Headers that can be signed. */
  signable: Record<string, string>;
  /** Headers with characters that signers and servers treat differently. AWS verifies only headers that are listed as signed. */
  others: Record<string, string>;
}

/** Throws a {@link ProxyError} if the request has come through such a proxy already. */
export function requestHeaders(received: IncomingHttpHeaders): ForwardedHeaders {
  const via = received.via ?? "";
  if (via.includes(pseudonym)) {
    throw new ProxyError(
      "ProxyLoop",
      "Cannot forward a request from a Deltapipe proxy: the proxy would call itself; start it with the service's --url",
    );
  }
  const headers: ForwardedHeaders = { signable: {}, others: {} };
  // A gateway has to add itself, which also reveals loops: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.3
  headers.signable["via"] = via === "" ? `1.1 ${pseudonym}` : `${via}, 1.1 ${pseudonym}`;
  const named = namesIn(received.connection);
  for (const [name, value] of Object.entries(received)) {
    if (value === undefined || name === "via" || named.has(name)) continue;
    if (hopByHop.test(name) || signature.test(name) || ownToThisSide.test(name)) continue;
    const text = String(value);
    const kind = /^[\x20-\x7e]*$/.test(text) ? "signable" : "others";
    headers[kind][name] = text;
  }
  return headers;
}

export function forwardedResponseHeaders(received: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = namesIn(received.connection);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(received)) {
    if (value === undefined || named.has(name) || hopByHop.test(name) || onlyForService.test(name)) continue;
    headers[name] = value;
  }
  return headers;
}

/** The headers that `connection` names, which are about this connection as well. */
function namesIn(connection: string | string[] | undefined): Set<string> {
  return new Set(
    String(connection ?? "")
      .toLowerCase()
      .split(/[\s,]+/),
  );
}
