// Streams the function's answer to the caller, byte for byte as it comes.
import { respondWithError, whenClosed, writeHead, type UrlExchange } from "./url-exchange.ts";
import {
  createPreludeReader,
  integrationResponseType,
  PreludeMalformed,
  type Prelude,
} from "./integration-response.ts";
import type { FunctionResponse } from "../invocation.ts";
import { internalServerError } from "./service-errors.ts";

/** The front frames the response itself; what a function says of that is passed on under another name, as on AWS. */
const remappedHeaders =
  /^(connection|content-length|date|keep-alive|proxy-authenticate|server|te|trailer|transfer-encoding|upgrade|x-amzn-requestid|x-amzn-trace-id)$/i;

/**
 * Reads `body` to its end in any case: what comes after the caller has left, or after a malformed prelude, is thrown
 * away. While the caller does not read, `body` is not read either.
 */
export async function relayResponse(exchange: UrlExchange, answer: FunctionResponse): Promise<void> {
  const readPrelude = createReader(answer.contentType);
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      if (!isOver(exchange)) await relayChunk(exchange, chunk, readPrelude);
    }
    if (!isOver(exchange)) finish(exchange, answer.contentType);
  } catch (error) {
    failResponse(exchange, error);
  }
}

/**
 * Before the first byte a failure is a 502. After it the connection is cut, so that nobody takes a part for the whole;
 * what AWS does then is not documented.
 */
export function failResponse(exchange: UrlExchange, error: unknown): void {
  if (isOver(exchange)) return;
  exchange.ended = "function-failed";
  exchange.error = error;
  if (!exchange.response.headersSent) return respondWithError(exchange, internalServerError());
  // What was written still goes out, but not the last chunk, which would say that the body is complete.
  exchange.response.socket?.destroySoon();
}

type PreludeReader = ReturnType<typeof createPreludeReader>;

/** A function that sends no prelude has the status 200 and its own content type from its first byte on. */
function createReader(contentType: string): PreludeReader {
  if (contentType === integrationResponseType) return createPreludeReader();
  return (chunk) => (chunk.length === 0 ? undefined : { prelude: plainPrelude(contentType), rest: chunk });
}

function plainPrelude(contentType: string): Prelude {
  return { statusCode: 200, headers: [["content-type", contentType]], cookies: [] };
}

/** Throws nothing: an error within the loop over the body would destroy the body. */
async function relayChunk(exchange: UrlExchange, chunk: Buffer, readPrelude: PreludeReader): Promise<void> {
  try {
    if (exchange.response.headersSent) return await send(exchange, chunk);
    const read = readPrelude(chunk);
    if (!read) return;
    startResponse(exchange, read.prelude);
    await send(exchange, read.rest);
  } catch (error) {
    failResponse(exchange, error);
  }
}

function startResponse(exchange: UrlExchange, prelude: Prelude): void {
  const { request, response } = exchange;
  response.setHeader("content-type", "application/octet-stream");
  for (const [name, value] of prelude.headers) {
    if (exchange.cors && /^access-control-/i.test(name)) continue;
    response.setHeader(remappedHeaders.test(name) ? `x-amzn-Remapped-${name}` : name, value);
  }
  if (prelude.cookies.length > 0) response.appendHeader("set-cookie", prelude.cookies);
  response.setHeader("x-amzn-Trace-Id", exchange.traceId);
  writeHead(exchange, prelude.statusCode);
  if (request.method === "HEAD" || [204, 304].includes(prelude.statusCode)) response.end();
}

async function send(exchange: UrlExchange, bytes: Buffer): Promise<void> {
  const { response } = exchange;
  if (isOver(exchange)) return;
  if (bytes.length === 0) return response.flushHeaders();
  exchange.bytes += bytes.length;
  exchange.firstDelta.look(bytes);
  if (!response.write(bytes)) await drained(exchange);
}

function finish(exchange: UrlExchange, contentType: string): void {
  if (!exchange.response.headersSent) {
    if (contentType === integrationResponseType) {
      throw new PreludeMalformed("Cannot read the prelude: the function ended without one");
    }
    startResponse(exchange, plainPrelude(contentType));
  }
  exchange.response.end();
}

function isOver({ request, response, ended }: UrlExchange): boolean {
  return response.writableEnded || request.socket.destroyed || ended !== undefined;
}

/** Until the caller has taken what was written, or has left, or has shown that it will not take it. */
function drained(exchange: UrlExchange): Promise<void> {
  const { request, response, callerStallMs } = exchange;
  return new Promise((resolve) => {
    if (request.socket.destroyed) return resolve();
    const stop = whenClosed(exchange, settle);
    response.once("drain", settle);
    // Left to itself it would hold the function's environment until Lambda's timeout.
    const timer = setTimeout(() => request.socket.destroy(), callerStallMs);

    function settle(): void {
      clearTimeout(timer);
      stop();
      response.off("drain", settle);
      resolve();
    }
  });
}
