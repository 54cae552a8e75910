// A server on the loopback interface that serves HTTP requests and opens WebSockets on one port.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

/** If a handler rejects, the server emits a process warning and closes the connection. */
export interface UpgradeHandlers {
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Handles a request to upgrade the connection, which is how a WebSocket begins. */
  connect: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
}

export interface UpgradeServer {
  port: number;
  /** Closes all connections and frees the port. */
  close(): Promise<void>;
}

/** Rejects with Node's error, such as `EADDRINUSE`, if it cannot listen. */
export async function startUpgradeServer(
  port: number,
  { serve, connect }: UpgradeHandlers,
  options: ServerOptions = {},
): Promise<UpgradeServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, ...options }, (request, response) => {
    serve(request, response).catch((error: Error) => {
      process.emitWarning(error);
      response.destroy();
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request, socket, head) => {
    // A client that disconnects during the handshake needs no response.
    socket.on("error", () => undefined);
    connect(request, socket, head).catch((error: Error) => {
      process.emitWarning(error);
      socket.destroy();
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  // Ignored: if a connection cannot be accepted, there is no caller to respond to.
  server.on("error", () => undefined);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
