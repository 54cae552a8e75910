// The command `deltapipe page`: a page in the browser that asks the service and shows its lines.
import { UsageError } from "./command-failure.ts";
import type { PageCommandOptions } from "./command-options.ts";
import { startPage } from "./page/start-page.ts";
import { runServer } from "./run-server.ts";
import { findTarget, isWebSocketUrl } from "./service-target.ts";

/** Runs until a signal such as Ctrl-C. */
export async function page(options: PageCommandOptions): Promise<void> {
  const { webSocketUrl: text } = options;
  // Checked as `--url` is, so that a wrong one ends the command.
  const webSocketUrl = text === undefined ? undefined : findTarget({ ...options, url: text }).url;
  if (webSocketUrl && !isWebSocketUrl(webSocketUrl)) {
    throw new UsageError(
      `Cannot use --websocket-url: ${webSocketUrl.href} is not the URL of a WebSocket API; give one that begins with wss://`,
    );
  }
  return runServer(options, async (forwarding) => {
    const { address, close } = await startPage({ ...forwarding, webSocketUrl });
    return { address, notes: ["Open the address in a browser on this machine. Ctrl-C stops it"], close };
  });
}
