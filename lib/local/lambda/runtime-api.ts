// The Lambda Runtime API of one environment: hands out an invocation, takes its streamed response.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Invocation } from "../invocation.ts";

export interface RuntimeApiEvents {
  /** The runtime client waits for an invocation: at first, and whenever one is over. */
  onNext: () => void;
  onResponse: (request: IncomingMessage) => void;
}

export interface RuntimeApi {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  address: string;
  /** Answers the `/next` that waits. */
  send(invocation: Invocation, deadline: { atMs: number; functionArn: string }): void;
  close(): void;
}

export async function startRuntimeApi(events: RuntimeApiEvents): Promise<RuntimeApi> {
  let next: ServerResponse | undefined;
  const server = createServer((request, response) => {
    // A process that dies breaks its requests; what is acted on is its exit.
    request.on("error", () => undefined);
    if (request.url === "/2018-06-01/runtime/invocation/next") {
      next = response;
      return events.onNext();
    }
    const isResponse = /\/invocation\/[^/]+\/response$/.test(request.url ?? "");
    if (isResponse) events.onResponse(request);
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
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    send(invocation, { atMs, functionArn }) {
      next?.writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": invocation.requestId,
        "lambda-runtime-deadline-ms": String(atMs),
        "lambda-runtime-invoked-function-arn": functionArn,
        "lambda-runtime-trace-id": invocation.traceId,
      });
      next?.end(JSON.stringify(invocation.event));
      next = undefined;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
