// Sends one HTTP request to Bedrock or another AWS service, and returns the response as soon as its headers have arrived.
import { request as requestHttp, type Agent, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import type { Readable } from "node:stream";
import { ConverseError } from "../converse-error.ts";
import { hostOf } from "./endpoint.ts";

export interface PostOptions {
  endpoint: URL;
  agent: Agent;
  path: string;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** The connection could not be made, the connection broke, or the server did not speak HTTP. */
export class NoResponseError extends Error {
  override name = "NoResponseError" as const;
  override readonly cause: NodeJS.ErrnoException;
  /** The connection was kept from an earlier request and had been closed, as happens after each long pause. */
  readonly wasStale: boolean;

  constructor(cause: NodeJS.ErrnoException, wasStale: boolean) {
    super(cause.message);
    this.cause = cause;
    this.wasStale = wasStale;
  }
}

/**
 * In milliseconds. A stale connection fails immediately. If a connection fails later, the model may have been running, and
 * a repeated request would be billed again.
 */
const staleWithinMs = 1000;

/** Resolves with a response whose body is unread. Rejects with a `NoResponseError`; any other rejection is a bug. */
export async function post(options: PostOptions, body: Buffer): Promise<IncomingMessage> {
  const { endpoint, agent, path, headers, signal } = options;
  const { protocol, port } = endpoint;
  const send = protocol === "https:" ? requestHttps : requestHttp;
  const request = send({ host: hostOf(endpoint), port, path, method: "POST", headers, agent, signal });
  const startedAt = performance.now();
  let readBefore = 0;
  request.once("socket", (socket) => (readBefore = socket.bytesRead));
  return new Promise((resolve, reject) => {
    // Not `once`: after the response has begun, Node reports errors on the response, but may emit another one on the
    // request, which would end the process if there were no listener.
    request.on("error", (cause) => {
      const isSilent = request.socket?.bytesRead === readBefore;
      const isImmediate = performance.now() - startedAt < staleWithinMs;
      reject(new NoResponseError(cause, request.reusedSocket && isSilent && isImmediate));
    });
    request.once("response", (response) => {
      // Node passes on a 101 without an upgrade header as a response that never ends.
      if (response.statusCode === 101) response.destroy();
      resolve(response);
    });
    // Without this listener, Node closes the connection and emits nothing. https://nodejs.org/api/http.html#event-upgrade
    request.once("upgrade", (response, socket) => {
      socket.destroy();
      resolve(response.destroy());
    });
    request.end(body);
  });
}

/** Media types are case-insensitive. https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1 */
const eventStream = /^application\/vnd\.amazon\.eventstream\s*(;|$)/i;

/** Returns the body of a response with the status 200. Throws a `ConverseError` if it is not an event stream. */
export function checkedBody(response: IncomingMessage): Readable {
  const { "content-type": type = "none", "content-encoding": encoding = "identity" } = response.headers;
  const isEncoded = encoding.toLowerCase() !== "identity";
  if (eventStream.test(type) && !isEncoded) return response;
  response.destroy();
  throw new ConverseError("UpstreamInvalid", "Bedrock's response is not an event stream", {
    detail: (isEncoded ? `content-encoding: ${encoding}` : `content-type: ${type}`).slice(0, 120),
  });
}
