// The Lambda Runtime API of one environment: hands out an invocation, takes its streamed response.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Invocation } from "../invocation.ts";
import { foreignHost, sentByPage } from "../loopback.ts";

export interface RuntimeApiEvents {
  /** The runtime client waits for an invocation: at first, and whenever one is over. */
  onNext: () => void;
  onResponse: (request: IncomingMessage) => void;
}

export interface RuntimeApi {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  address: string;
  /** Without it nobody is answered: the preload adds it to the runtime client's requests. */
  key: string;
  /** Answers the `/next` that waits. False: none does. */
  send(invocation: Invocation, deadline: { atMs: number; functionArn: string }): boolean;
  close(): void;
}

export async function startRuntimeApi(events: RuntimeApiEvents): Promise<RuntimeApi> {
  const key = randomBytes(32).toString("base64url");
  let next: ServerResponse | undefined;
  /** Its response has not come yet. */
  let pendingId: string | undefined;
  const server = createServer((request, response) => {
    // A process that dies breaks its requests; what is acted on is its exit.
    request.on("error", () => undefined);
    const problem = strangeness(request, key);
    if (problem !== undefined) return refuse(response, 403, "AccessDenied", problem);
    if (request.url === "/2018-06-01/runtime/invocation/next") {
      if (next) return refuse(response, 403, "InvalidStateTransition", "A runtime waits already");
      next = response;
      pendingId = undefined;
      return events.onNext();
    }
    const [, responseId] = /\/invocation\/([^/]+)\/response$/.exec(request.url ?? "") ?? [];
    if (responseId !== undefined) {
      if (responseId !== pendingId) return refuse(response, 400, "InvalidRequestID", "Invalid request ID");
      pendingId = undefined;
      events.onResponse(request);
    }
    // The runtime client has also logged an error at start, and exits with it.
    else request.resume();
    // Only with this does the runtime client take the invocation for done.
    request.once("end", () => {
      response.writeHead(202, { "content-type": "application/json" }).end(`{"status":"OK"}`);
    });
  });
  // A response takes as long as the function may. The runtime client opens its connection when the invocation begins
  // and dies if it is closed before the first byte, which may be minutes later.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A connection that could not be accepted is a stranger's: the runtime client has its own.
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

/** On AWS nobody else is in the environment; here the port is open to every program and every page. */
function strangeness({ headers }: IncomingMessage, key: string): string | undefined {
  const problem = foreignHost(headers) ?? sentByPage(headers);
  if (problem !== undefined || headers["local-runtime-api-key"] === key) return problem;
  return "This Runtime API is for the runtime of its own environment";
}

/** https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-response */
function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify({ errorMessage, errorType }));
}
