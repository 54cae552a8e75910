// Serves HTTP/1.1 and HTTP/2 without TLS on one port, and distinguishes them by the first bytes of a connection.
import { once } from "node:events";
import { createServer as createHttp1Server } from "node:http";
import type { IncomingMessage } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { Http2ServerRequest } from "node:http2";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

import { keepAliveTimeout } from "../keep-alive.ts";
import type { HttpResponse } from "./batched-response.ts";

// No HTTP/1.1 method begins with these letters: https://www.rfc-editor.org/rfc/rfc9113#section-3.4
const http2Preface = Buffer.from("PRI");

export type Serve = (request: IncomingMessage | Http2ServerRequest, response: HttpResponse) => void;

export interface Listener {
  url: string;
  port: number;
  /** Closes all connections, including those in mid-stream. */
  close(): Promise<void>;
}

export async function listen(address: { host: string; port: number }, serve: Serve): Promise<Listener> {
  const http1 = createHttp1Server({ keepAliveTimeout }, serve);
  const http2 = createHttp2Server((request, response) => serve(request, response));
  // Ignored: if a client breaks off a session, the session's requests emit `close`, and that event is handled.
  http2.on("sessionError", () => {});
  const sockets = new Set<Socket>();

  // As with Node's own servers, an HTTP/1.1 client can stop sending and still wait for the response. An HTTP/2 client cannot.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    identify(socket, (isHttp2) => {
      socket.allowHalfOpen = !isHttp2;
      (isHttp2 ? http2 : http1).emit("connection", socket);
      // Without `resume()`, Node's HTTP/1.1 server does not read the bytes that `identify` has put back. HTTP/2 reads them.
      if (!isHttp2) socket.resume();
    });
  });
  server.listen(address.port, address.host);
  await once(server, "listening");
  // Ignored: if a connection cannot be accepted, there is no client to respond to.
  server.on("error", () => {});

  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return {
    url: `http://${host}:${port}`,
    port,
    async close() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Reads the first bytes, and puts them back for the HTTP server. */
function identify(socket: Socket, decide: (isHttp2: boolean) => void): void {
  let head = Buffer.alloc(0);
  function inspect(bytes: Buffer): void {
    head = Buffer.concat([head, bytes]);
    const length = Math.min(head.length, http2Preface.length);
    const matches = head.subarray(0, length).equals(http2Preface.subarray(0, length));
    if (matches && length < http2Preface.length) return;
    socket.off("data", inspect);
    socket.off("end", hangUp);
    socket.pause();
    socket.unshift(head);
    decide(matches);
  }
  function hangUp(): void {
    socket.destroy();
  }
  socket.on("data", inspect);
  socket.on("end", hangUp);
}
