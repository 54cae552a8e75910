// Streams the service's answer to the caller, chunk by chunk as it arrives, and no faster than the caller reads.
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { errorNameIn } from "../../shared/error-body.ts";
import { forwardedResponseHeaders } from "./forwarded-headers.ts";
import type { ProxyExchange } from "./proxy-exchange.ts";

/** Resolves when the complete answer has been written. Rejects if it was cut. */
export async function relayAnswer(exchange: ProxyExchange, upstream: Dispatcher.ResponseData): Promise<void> {
  const { response } = exchange;
  const { statusCode, statusText, body } = upstream;
  // If the caller disconnects while nobody reads, the body emits "error", which would end the process.
  body.on("error", () => {});
  try {
    const headers = forwardedResponseHeaders(upstream.headers);
    const errorType = headers["x-amzn-errortype"];
    if (errorType !== undefined) exchange.error = errorNameIn(String(errorType));
    response.writeHead(statusCode, statusText, headers);
    // Sends the headers now, so that the caller sees the status before the first byte of the body arrives.
    response.flushHeaders();
    await copy(body, exchange);
    response.end();
  } finally {
    body.destroy();
  }
}

function copy(body: Readable, exchange: ProxyExchange): Promise<void> {
  const { response } = exchange;
  return new Promise((resolve, reject) => {
    body.on("data", (chunk: Buffer) => {
      exchange.bytes += chunk.length;
      if (response.write(chunk)) return;
      body.pause();
      response.once("drain", () => body.resume());
    });
    body.once("end", resolve);
    body.once("error", reject);
    body.once("close", () => reject(new Error("The answer was cut")));
  });
}
