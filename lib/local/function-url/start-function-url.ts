// Starts a local Function URL that behaves like `AuthType: AWS_IAM` and `InvokeMode: RESPONSE_STREAM`.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { FunctionUrlOptions } from "./function-url-options.ts";
import { declaredLength, maxLambdaRequestBytes } from "../../shared/receive-body.ts";
import { rejectMalformed } from "./reject-malformed.ts";
import { serveRequest } from "./serve-request.ts";
import { keepAliveTimeout } from "../keep-alive.ts";
import { foreignHost, requireLoopback } from "../loopback.ts";

export interface FunctionUrl {
  url: string;
  port: number;
  /** Closes all connections, including those in mid-response, and frees the port. */
  close(): Promise<void>;
}

/** Rejects with Node's error, such as `EADDRINUSE`, if it cannot listen; with a RangeError if the host is not loopback. */
export async function startFunctionUrl(options: FunctionUrlOptions): Promise<FunctionUrl> {
  const host = requireLoopback(options.host ?? "127.0.0.1");
  const server = createServer({ noDelay: true, keepAliveTimeout }, (request, response) => {
    void serveRequest(request, response, options);
  });
  // `Expect: 100-continue` has to be answered before the signature is checked, because the signature covers the body.
  server.on("checkContinue", (request, response) => {
    if (declaredLength(request) <= maxLambdaRequestBytes && !foreignHost(request.headers))
      response.writeContinue();
    void serveRequest(request, response, options);
  });
  server.on("clientError", rejectMalformed);
  server.listen(options.port ?? 0, host);
  await once(server, "listening");
  // Ignored: if a connection cannot be accepted, there is no caller to respond to.
  server.on("error", () => {});
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return { url: `http://${name}:${port}/`, port, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
