// An HTTP or HTTPS server on a free port. The test closes the server.
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { keepAliveTimeout } from "../../../lib/local/keep-alive.ts";

export interface TestServer {
  url: string;
  close(): Promise<void>;
}

/** With `secure`, which contains a key and a certificate, the server uses https. */
export async function serve(
  listener: RequestListener,
  secure?: { key: string; certificate: string },
): Promise<TestServer> {
  const server = secure
    ? createSecureServer({ key: secure.key, cert: secure.certificate, keepAliveTimeout }, listener)
    : createServer({ keepAliveTimeout }, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${secure ? "https" : "http"}://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export type { IncomingMessage };
