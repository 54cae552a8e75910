// Where the local stack may listen: its secrets are known to all, so nobody else's machine must reach it.
import { isIPv4 } from "node:net";

/** Gives the host back. Throws a RangeError that says why for any other than this machine's own. */
export function requireLoopback(host: string): string {
  const isLoopback = host === "::1" || host === "localhost" || (isIPv4(host) && host.startsWith("127."));
  if (isLoopback) return host;
  throw new RangeError(
    `Cannot listen on ${host}: the local stack's secret is public, so it listens on this machine's loopback alone (127.0.0.1 or ::1)`,
  );
}
