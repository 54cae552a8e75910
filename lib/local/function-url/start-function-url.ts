// A Lambda Function URL on this machine: IAM-authenticated as AWS_IAM, streaming as RESPONSE_STREAM.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { CorsConfiguration } from "./cors.ts";
import type { RequestReport } from "./url-exchange.ts";
import type { Invoke } from "../invocation.ts";
import { declaredLength } from "./read-body.ts";
import { MAXIMUM_BODY, serveRequest } from "./serve-request.ts";
import { foreignHost, requireLoopback } from "../loopback.ts";
import type { KnownCredentials } from "../signature/verify.ts";

export interface FunctionUrlOptions {
  invoke: Invoke;
  credentials: (accessKeyId: string) => KnownCredentials | undefined;
  region: string;
  /** Of this machine's loopback. Default: 127.0.0.1. */
  host?: string;
  /** Default: 0, any free port. */
  port?: number;
  cors?: CorsConfiguration;
  /** Milliseconds since the epoch. Default: the clock. */
  now?: () => number;
  /** How far a caller's clock may be off, in milliseconds. Default: 5 minutes. */
  skewMs?: number;
  /**
   * How long a caller may take nothing, in milliseconds, before its connection is given up. Default: 90 s, which lets
   * the function give up first.
   */
  callerStallMs?: number;
  /** Called once for each request, when it is over. */
  onRequest?: (report: RequestReport) => void;
  /** Stands for the URL's id in the event. Default: `local`. */
  functionName?: string;
  /** The account that owns the function. Default: 123456789012. */
  accountId?: string;
}

export interface FunctionUrl {
  url: string;
  port: number;
  /** Cuts what is still running and frees the port. */
  close(): Promise<void>;
}

/** Rejects with Node's own error when it cannot listen, such as `EADDRINUSE`, with a RangeError where it must not. */
export async function startFunctionUrl(options: FunctionUrlOptions): Promise<FunctionUrl> {
  const host = requireLoopback(options.host ?? "127.0.0.1");
  const server = createServer({ noDelay: true }, (request, response) => {
    void serveRequest(request, response, options);
  });
  // The signature covers the body, so a caller who waits for leave to send it gets leave.
  server.on("checkContinue", (request, response) => {
    if (declaredLength(request) <= MAXIMUM_BODY && !foreignHost(request.headers)) response.writeContinue();
    void serveRequest(request, response, options);
  });
  server.listen(options.port ?? 0, host);
  await once(server, "listening");
  // A connection that could not be accepted has no caller to tell.
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
