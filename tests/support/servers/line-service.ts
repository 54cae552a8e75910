// A server that replaces the deployed service: it verifies each signature, then answers as the test says.
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, serve } from "./http-server.ts";
import { findFault } from "../requests/wire-verifier.ts";

export const serviceCredentials = { accessKeyId: "local", secretAccessKey: "local" };
export const serviceRegion = "eu-west-1";

export interface LineExchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** The request's body. */
  body: string;
  /** The number of earlier requests. */
  index: number;
}

export interface LineService {
  /** The options of a client for this service. */
  options: { url: string; credentials: typeof serviceCredentials; region: string };
  /** The numbers of requests and connections so far. */
  counts: { requests: number; connections: number };
  close(): Promise<void>;
}

/** `secure` has the key and the certificate of an https service. */
export async function startLineService(
  answer: (exchange: LineExchange) => unknown,
  secure?: { key: string; certificate: string },
): Promise<LineService> {
  const counts = { requests: 0, connections: 0 };
  const sockets = new WeakSet<object>();
  const server = await serve(async (request, response) => {
    const index = counts.requests;
    counts.requests += 1;
    if (!sockets.has(request.socket)) counts.connections += 1;
    sockets.add(request.socket);
    const body = await readBody(request);
    const fault = await findFault(request, body, {
      credentials: serviceCredentials,
      service: "lambda",
      region: serviceRegion,
    });
    if (fault !== undefined)
      sendJson(response, 403, { message: fault }, { "x-amzn-errortype": "InvalidSignatureException" });
    else await answer({ request, response, body: body.toString(), index });
  }, secure);
  return {
    options: { url: server.url, credentials: serviceCredentials, region: serviceRegion },
    counts,
    close: server.close,
  };
}

export const streamHeaders = { "content-type": "application/x-ndjson; charset=utf-8" };

export function sendStream(response: ServerResponse, bytes: Uint8Array): void {
  response.writeHead(200, streamHeaders).end(bytes);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

/** An error in the form that the service sends. */
export function wireError(name: string, retryable: boolean): unknown {
  return { type: "error", error: { name, message: `Because of ${name}`, retryable, requestId: "request-1" } };
}
