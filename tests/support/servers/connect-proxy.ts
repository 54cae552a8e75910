// An HTTP proxy that opens tunnels: https://www.rfc-editor.org/rfc/rfc9110#CONNECT
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ConnectProxy {
  /** Host and port, without a scheme. */
  address: string;
  /** The requests so far, such as `CONNECT 0.0.0.0:443 user:password`. The last part is missing if the request has no user. */
  asked: string[];
  close(): Promise<void>;
}

/** If `status` is given, every CONNECT gets that error response. */
export async function startConnectProxy(status?: number): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket.on("error", () => undefined).once("close", () => sockets.delete(socket)));
    return socket;
  };
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(501).end();
  });
  server.on("connection", keep);
  server.on("connect", (request, client: Socket, head: Buffer) => {
    const { "proxy-authorization": authorization = "" } = request.headers;
    const user = Buffer.from(authorization.replace(/^Basic /, ""), "base64").toString();
    asked.push(`CONNECT ${request.url} ${user}`.trimEnd());
    if (status !== undefined) {
      client.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const upstream = keep(connect(Number(port), hostname));
    upstream.once("connect", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.once("close", () => client.destroy());
    client.once("close", () => upstream.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
