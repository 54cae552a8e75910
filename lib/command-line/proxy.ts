// The command `deltapipe proxy`: a server on this machine that signs requests and forwards them to the service.
import type { ProxyCommandOptions } from "./command-options.ts";
import { tokenHeader } from "./proxy/check-caller.ts";
import { startProxy } from "./proxy/start-proxy.ts";
import { runServer } from "./run-server.ts";

/** Runs until the process gets a signal, such as SIGINT from Ctrl-C. */
export function proxy(options: ProxyCommandOptions): Promise<void> {
  const { ipv6, requireToken } = options;
  return runServer(options, async (forwarding) => {
    const { url, token, close } = await startProxy({ ...forwarding, ipv6, requireToken });
    const notes = [
      `Pages from this address need the header ${tokenHeader}: ${token}`,
      requireToken ? "So do all other programs. Ctrl-C stops the proxy" : "Ctrl-C stops the proxy",
    ];
    return { address: url, notes, close };
  });
}
