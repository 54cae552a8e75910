// Checks that reject other machines and web pages, because the credentials of the local stack are public.
import type { IncomingHttpHeaders } from "node:http";
import { isIPv4 } from "node:net";

/** Returns the host. Throws a RangeError if it is not an address of this machine's loopback interface. */
export function requireLoopback(host: string): string {
  if (isLoopback(host)) return host;
  throw new RangeError(
    `Cannot listen on ${host}: the local stack's credentials are public; use this machine's loopback, 127.0.0.1 or ::1`,
  );
}

export function isLoopback(host: string): boolean {
  return host === "::1" || host === "localhost" || (isIPv4(host) && host.startsWith("127."));
}

/**
 * Returns an error message if the request's host is not this machine. That prevents DNS rebinding, an attack in which a web
 * page makes its own host name resolve to the loopback address: the page's requests still have that host name. Ports are
 * not compared, because they differ when a port is forwarded over SSH.
 * https://www.rfc-editor.org/rfc/rfc9110#section-7.2
 */
export function foreignHost(headers: IncomingHttpHeaders): string | undefined {
  // HTTP/2 sends `:authority`, and may send `Host` as well.
  const hosts = [headers[":authority"], headers.host].filter((host) => host !== undefined).map(String);
  const foreign = hosts.find((host) => !isLoopback(hostnameOf(host)));
  if (hosts.length > 0 && foreign === undefined) return undefined;
  return `Cannot serve the host "${foreign ?? ""}": only this machine may call the local stack; use 127.0.0.1 or localhost`;
}

/**
 * Returns an error message if a web page caused the request. Every browser then sends `Origin` or `Sec-Fetch-Site`; other
 * programs send neither.
 * https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
export function sentByPage(headers: IncomingHttpHeaders): string | undefined {
  const name = ["origin", "sec-fetch-site"].find((each) => headers[each] !== undefined);
  return (
    name && `Cannot serve requests of web pages: found the header ${name}; call the Function URL instead`
  );
}

function hostnameOf(host: string): string {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname.replaceAll(/[[\]]/g, "") : "";
}
