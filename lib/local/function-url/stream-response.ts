// Streams the function's response to the caller, byte for byte as it arrives.
import { respondWithError, whenClosed, writeHead, type UrlExchange } from "./url-exchange.ts";
import {
  createPreludeReader,
  integrationResponseType,
  PreludeMalformed,
  type Prelude,
} from "./response-prelude.ts";
import type { FunctionResponse } from "../invocation.ts";
import { internalServerError } from "./url-error-responses.ts";

/** Headers that a function cannot set. They get the prefix `x-amzn-Remapped-`, as on AWS. */
const remappedHeaders =
  /^(connection|content-length|date|keep-alive|proxy-authenticate|server|te|trailer|transfer-encoding|upgrade|x-amzn-requestid|x-amzn-trace-id)$/i;

/**
 * Always reads the response's body to its end. Discards what cannot be sent: after the caller has disconnected, after a
 * malformed prelude, and if the request is HEAD or the status is 204 or 304. While the caller does not read, the body is not
 * read either.
 */
export async function streamResponse(exchange: UrlExchange, response: FunctionResponse): Promise<void> {
  const readPrelude = createReader(response.contentType);
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      if (!isOver(exchange)) await streamChunk(exchange, chunk, readPrelude);
    }
    if (!isOver(exchange)) finish(exchange, response.contentType);
  } catch (error) {
    failResponse(exchange, error);
  }
}

/**
 * Responds with 502 if nothing has been sent yet. Otherwise it closes the connection without ending the response, so that
 * no caller mistakes a partial body for a complete one. AWS does not document what a Function URL does in that case.
 */
export function failResponse(exchange: UrlExchange, error: unknown): void {
  if (isOver(exchange)) return;
  exchange.ended = "function-failed";
  exchange.error = error;
  if (!exchange.response.headersSent) return respondWithError(exchange, internalServerError());
  // `destroySoon` sends the bytes that were written, but not the empty chunk that would mark the body as complete.
  exchange.response.socket?.destroySoon();
}

type PreludeReader = ReturnType<typeof createPreludeReader>;

/** Without a prelude, the first byte starts a response with the status 200 and the function's content type. */
function createReader(contentType: string): PreludeReader {
  if (contentType === integrationResponseType) return createPreludeReader();
  return (chunk) => (chunk.length === 0 ? undefined : { prelude: plainPrelude(contentType), rest: chunk });
}

function plainPrelude(contentType: string): Prelude {
  return { statusCode: 200, headers: [["content-type", contentType]], cookies: [] };
}

/** Never rejects: an error inside the loop over the body would destroy the body. */
async function streamChunk(exchange: UrlExchange, chunk: Buffer, readPrelude: PreludeReader): Promise<void> {
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
  exchange.firstDelta.search(bytes);
  if (!response.write(bytes)) await drained(exchange);
}

function finish(exchange: UrlExchange, contentType: string): void {
  if (!exchange.response.headersSent) {
    if (contentType === integrationResponseType) {
      throw new PreludeMalformed("the response ended before the delimiter");
    }
    startResponse(exchange, plainPrelude(contentType));
  }
  exchange.response.end();
}

function isOver({ request, response, ended }: UrlExchange): boolean {
  return response.writableEnded || request.socket.destroyed || ended !== undefined;
}

/** Resolves when the caller has read what was written, has disconnected, or was disconnected because it stalled. */
function drained(exchange: UrlExchange): Promise<void> {
  const { request, response, callerStallMs } = exchange;
  return new Promise((resolve) => {
    if (request.socket.destroyed) return resolve();
    const stop = whenClosed(exchange, settle);
    response.once("drain", settle);
    // A stalled caller would otherwise keep the execution environment busy until Lambda's timeout.
    const timer = setTimeout(() => request.socket.destroy(), callerStallMs);

    function settle(): void {
      clearTimeout(timer);
      stop();
      response.off("drain", settle);
      resolve();
    }
  });
}
