// Sends a request with undici.
import type { Readable } from "node:stream";
import { type Dispatcher, request as undiciRequest } from "undici";
import { sharedAgent } from "../../shared/shared-agent.ts";
import {
  endOfBodyTimeoutMs,
  type IncomingResponse,
  LostConnection,
  type OutgoingRequest,
  type ResponseBody,
  type ResponseHeaders,
} from "../platform.ts";
import { isBadFraming } from "./bad-framing.ts";
import { causeOf, connectionError, describeCut } from "./connection-error.ts";

export async function send(request: OutgoingRequest): Promise<IncomingResponse> {
  const { statusCode, headers, body } = await sendWithUndici(request);
  return { status: statusCode, headers: firstValues(headers), body: bodyOf(body) };
}

function firstValues(headers: Dispatcher.ResponseData["headers"]): ResponseHeaders {
  const pairs = Object.entries(headers);
  return Object.fromEntries(pairs.map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]));
}

async function sendWithUndici(request: OutgoingRequest): Promise<Dispatcher.ResponseData> {
  const { method, url, headers, body, signal, dispatcher = sharedAgent() } = request;
  try {
    return await undiciRequest(url, {
      method,
      headers,
      ...(body !== undefined && { body }),
      signal,
      dispatcher: dispatcher as Dispatcher,
      // undici stops its timers while backpressure pauses the body, so a slow reader does not cause a timeout.
      headersTimeout: request.firstByteTimeout,
      bodyTimeout: request.idleTimeout,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw connectionError(error, url, request.suggestedDelay);
  }
}

function bodyOf(body: Readable): ResponseBody {
  // If the signal fires while nobody reads, the body emits "error", and without a listener that ends the process.
  body.on("error", () => {});
  return {
    [Symbol.asyncIterator]() {
      const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array, undefined>;
      return { next: () => chunks.next().catch(rejectAsLost) };
    },
    destroy: () => void body.destroy(),
    finish: () => finish(body),
  };
}

function rejectAsLost(error: unknown): never {
  throw new LostConnection(describeCut(error), { isAltered: isBadFraming(error), cause: causeOf(error) });
}

function finish(body: Readable): void {
  const timer = setTimeout(() => body.destroy(), endOfBodyTimeoutMs);
  timer.unref();
  body.once("close", () => clearTimeout(timer));
  body.resume();
}
