// One HTTP request to Bedrock, up to the head of its answer.
import { request as requestHttp, type Agent, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import type { Readable } from "node:stream";
import { ConverseError } from "../converse-error.ts";
import { hostOf } from "./endpoint.ts";

export interface Exchange {
  endpoint: URL;
  agent: Agent;
  path: string;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** There is no answer: the connection was not made, or it broke, or what came is no HTTP. */
export class ExchangeError extends Error {
  override name = "ExchangeError" as const;
  override readonly cause: NodeJS.ErrnoException;
  /** The connection was kept from an earlier request and gone when it was used again, as after each long pause. */
  readonly wasStale: boolean;

  constructor(cause: NodeJS.ErrnoException, wasStale: boolean) {
    super(cause.message);
    this.cause = cause;
    this.wasStale = wasStale;
  }
}

/** A connection that is gone says so at once; one that breaks later may break in the middle of the model's work. */
const staleWithinMs = 1000;

/** Resolves with an answer whose body has not been read. Rejects with `ExchangeError`, or with what is a bug. */
export async function post(exchange: Exchange, body: Buffer): Promise<IncomingMessage> {
  const { endpoint, agent, path, headers, signal } = exchange;
  const { protocol, port } = endpoint;
  const send = protocol === "https:" ? requestHttps : requestHttp;
  const request = send({ host: hostOf(endpoint), port, path, method: "POST", headers, agent, signal });
  const startedAt = performance.now();
  let readBefore = 0;
  request.once("socket", (socket) => (readBefore = socket.bytesRead));
  return new Promise((resolve, reject) => {
    // It stays for good: once there is an answer, that tells of what happens, and this is nobody's error any more.
    request.on("error", (cause) => {
      const isSilent = request.socket?.bytesRead === readBefore;
      const wasAtOnce = performance.now() - startedAt < staleWithinMs;
      reject(new ExchangeError(cause, request.reusedSocket && isSilent && wasAtOnce));
    });
    request.once("response", (response) => {
      // Without an upgrade header Node gives out as an answer what has no end.
      if (response.statusCode === 101) response.destroy();
      resolve(response);
    });
    // Without a listener Node closes the connection and says nothing. https://nodejs.org/api/http.html#event-upgrade
    request.once("upgrade", (response, socket) => {
      socket.destroy();
      resolve(response.destroy());
    });
    request.end(body);
  });
}

/** Media types are compared without regard to case. https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1 */
const eventStream = /^application\/vnd\.amazon\.eventstream\s*(;|$)/i;

/** The body of a 200. Throws `ConverseError` where it is no event stream. */
export function checkedBody(response: IncomingMessage): Readable {
  const { "content-type": type = "none", "content-encoding": encoding = "identity" } = response.headers;
  const isEncoded = encoding.toLowerCase() !== "identity";
  if (eventStream.test(type) && !isEncoded) return response;
  response.destroy();
  throw new ConverseError("UpstreamInvalid", "Bedrock answered with no event stream", {
    detail: (isEncoded ? `content-encoding: ${encoding}` : `content-type: ${type}`).slice(0, 120),
  });
}
