// Serves an AWS API on this machine, on any free port.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ApiServer {
  /** Such as `http://127.0.0.1:40123`. */
  url: string;
  close(): Promise<void>;
}

/** If `serve` rejects, the connection is cut and the process emits a warning. */
export async function startApiServer(
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<ApiServer> {
  const server = createServer((request, response) => {
    serve(request, response).catch((error: Error) => {
      process.emitWarning(error);
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Ignored: if a connection cannot be accepted, there is no caller to respond to.
  server.on("error", () => undefined);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
