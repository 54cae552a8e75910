// The Lambda Runtime API of one execution environment: hands out invocations and takes their responses.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Invocation } from "../invocation.ts";
import { foreignHost, sentByPage } from "../loopback.ts";

export interface RuntimeApiEvents {
  /** The runtime client asks for an invocation: after its start, and at the end of each invocation. */
  onNext: () => void;
  onResponse: (request: IncomingMessage) => void;
  /** A buffered handler failed. A streaming handler's failure is in the trailers of its response. */
  onError: (request: IncomingMessage) => void;
}

export interface RuntimeApi {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  address: string;
  /**
   * Required in every request. `runtime-client-preload.cjs` adds it to the runtime client's requests as a header. A custom
   * runtime's requests have it as the first segment of their path.
   */
  key: string;
  /** Responds to the waiting `/next` request. Returns false if there is none. */
  send(invocation: Invocation<unknown>, deadline: { atMs: number; functionArn: string }): boolean;
  close(): void;
}

export async function startRuntimeApi(events: RuntimeApiEvents): Promise<RuntimeApi> {
  const key = randomBytes(32).toString("base64url");
  let next: ServerResponse | undefined;
  /** The invocation whose response has not come yet. */
  let pendingId: string | undefined;
  const server = createServer((request, response) => {
    // A request fails when the process dies. The exit event of the process reports that.
    request.on("error", () => undefined);
    const problem = problemWith(request, key);
    if (problem !== undefined) return sendError(response, 403, "AccessDenied", problem);
    const path = pathWithoutKey(request, key);
    if (path === "/2018-06-01/runtime/invocation/next") {
      if (next)
        return sendError(response, 403, "InvalidStateTransition", "Another request is already waiting");
      next = response;
      pendingId = undefined;
      return events.onNext();
    }
    const [, id, kind] = /\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (id !== undefined) {
      if (id !== pendingId) return sendError(response, 400, "InvalidRequestID", "Invalid request ID");
      pendingId = undefined;
      events[kind === "error" ? "onError" : "onResponse"](request);
    }
    // All other requests report errors, for example an error while loading. The runtime client also logs such an error and
    // exits, so the body of the request is not needed.
    else request.resume();
    // The runtime client waits for this status before it considers the invocation done.
    request.once("end", () => {
      response.writeHead(202, { "content-type": "application/json" }).end(`{"status":"OK"}`);
    });
  });
  // The server has no timeouts, because a response may take as long as the function's timeout. The runtime client opens its
  // connection at the beginning of the invocation, and crashes if the connection is closed before the first byte, which may
  // be minutes later.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Ignored: if the runtime client cannot connect, its process ends or times out, and that is reported.
  server.on("error", () => undefined);
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    send(invocation, { atMs, functionArn }) {
      if (next === undefined || next.destroyed) return false;
      pendingId = invocation.requestId;
      next.writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": invocation.requestId,
        "lambda-runtime-deadline-ms": String(atMs),
        "lambda-runtime-invoked-function-arn": functionArn,
        "lambda-runtime-trace-id": invocation.traceId,
      });
      next.end(JSON.stringify(invocation.event));
      next = undefined;
      return true;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** On AWS only the runtime client can reach this port. Here every program and every web page can, so requests need the key. */
function problemWith({ headers, url = "" }: IncomingMessage, key: string): string | undefined {
  const problem = foreignHost(headers) ?? sentByPage(headers);
  const hasKey = headers["local-runtime-api-key"] === key || url.startsWith(`/${key}/`);
  if (problem !== undefined || hasKey) return problem;
  return "Cannot serve this request: found no valid key; only the runtime client of this execution environment may call";
}

function pathWithoutKey({ url = "" }: IncomingMessage, key: string): string {
  return url.startsWith(`/${key}/`) ? url.slice(`/${key}`.length) : url;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-response */
function sendError(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify({ errorMessage, errorType }));
}
