// Keeps other machines and web pages away from the local stack, whose secrets are public.
import type { IncomingHttpHeaders } from "node:http";
import { isIPv4 } from "node:net";

/** Gives the host back. Throws a RangeError that says why for any other than this machine's own. */
export function requireLoopback(host: string): string {
  if (isLoopback(host)) return host;
  throw new RangeError(
    `Cannot listen on ${host}: the local stack's secret is public, so it listens on this machine's loopback alone (127.0.0.1 or ::1)`,
  );
}

export function isLoopback(host: string): boolean {
  return host === "::1" || host === "localhost" || (isIPv4(host) && host.startsWith("127."));
}

/**
 * What is wrong with a request that was not sent to this machine by name: a page whose own name was made to resolve to
 * the loopback (DNS rebinding) sends that name. Ports are not compared, as they differ where one is forwarded over SSH.
 * https://www.rfc-editor.org/rfc/rfc9110#section-7.2
 */
export function foreignHost(headers: IncomingHttpHeaders): string | undefined {
  // HTTP/2's name for it, beside which a Host may stand as well.
  const hosts = [headers[":authority"], headers.host].filter((host) => host !== undefined).map(String);
  const foreign = hosts.find((host) => !isLoopback(hostnameOf(host)));
  if (hosts.length > 0 && foreign === undefined) return undefined;
  return `Cannot serve the host "${foreign ?? ""}": the local stack is for this machine alone; call it as 127.0.0.1 or localhost`;
}

/**
 * What is wrong with a request that a browser sent for a page. Programs send neither header; every browser sends one.
 * https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
export function sentByPage(headers: IncomingHttpHeaders): string | undefined {
  const name = ["origin", "sec-fetch-site"].find((each) => headers[each] !== undefined);
  return name && `Cannot serve a web page: the request has the header ${name}; call the Function URL instead`;
}

function hostnameOf(host: string): string {
  const url = `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname.replaceAll(/[[\]]/g, "") : "";
}
