// Selects the headers that pass through the proxy, in each direction.
import type { IncomingHttpHeaders } from "node:http";
import { ProxyError } from "./proxy-error.ts";

/** Headers about one connection only: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const hopByHop =
  /^(connection|keep-alive|proxy-(authenticate|authorization|connection)|te|trailer|transfer-encoding|upgrade)$/;

/** The caller's own signature, which a new one replaces. */
const signature = /^(authorization|x-amz-(content-sha256|date|region-set|security-token))$/;

/**
 * Headers of the caller that are not forwarded:
 * - `host` and `content-length`, because the proxy sends its own.
 * - `expect`, because the proxy has already answered it.
 * - `cookie`, because browsers send the cookies of every server on this machine, whatever its port:
 *   https://www.rfc-editor.org/rfc/rfc6265#section-8.5
 * - The headers that describe a page from the proxy's address. With them, the service would believe that the page calls it
 *   directly.
 */
const ownToThisSide =
  /^(host|content-length|expect|cookie|origin|referer|access-control-request-.*|sec-.*|x-deltapipe-token)$/;

/**
 * Headers of the service that are not forwarded: they would apply to every server on this machine, or let other pages read
 * the response. `alt-svc` (HTTP/3) and `strict-transport-security` are about the service's own host.
 */
const onlyForService = /^(set-cookie|access-control-.*|alt-svc|clear-site-data|strict-transport-security)$/;

const pseudonym = "deltapipe-proxy";

export interface ForwardedHeaders {
  /** Headers that can be signed. */
  signable: Record<string, string>;
  /** Headers with characters that signers and servers treat differently. They are sent unsigned, which AWS accepts. */
  others: Record<string, string>;
}

/** Throws a {@link ProxyError} if the request has already come through a Deltapipe proxy. */
export function requestHeaders(received: IncomingHttpHeaders): ForwardedHeaders {
  const via = received.via ?? "";
  if (via.includes(pseudonym)) {
    throw new ProxyError(
      "ProxyLoop",
      "Cannot forward a request from a Deltapipe proxy: the proxy would call itself; start it with the service's URL in --url",
    );
  }
  const headers: ForwardedHeaders = { signable: {}, others: {} };
  // HTTP requires a gateway to add its name, so that loops can be detected: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.3
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

/** The names listed in the header `connection`. Like the hop-by-hop headers, they are about this connection only. */
function namesIn(connection: string | string[] | undefined): Set<string> {
  return new Set(
    String(connection ?? "")
      .toLowerCase()
      .split(/[\s,]+/),
  );
}
