// The command `deltapipe page`: serves a page that sends questions to the service and shows the lines of the answers.
import { UsageError } from "./command-failure.ts";
import type { PageCommandOptions } from "./command-options.ts";
import { startPage } from "./page/start-page.ts";
import { runServer } from "./run-server.ts";
import { findTarget, isWebSocketUrl } from "./service-target.ts";

/** Serves the page until the process gets a signal, such as the one of Ctrl-C. */
export async function page(options: PageCommandOptions): Promise<void> {
  const { webSocketUrl: text } = options;
  // The same checks as for `--url`, so that the command does not start with an invalid URL.
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
