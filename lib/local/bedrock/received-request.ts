// Receives a request over HTTP/1.1 or HTTP/2, and parses its JSON.
import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { isJsonObject } from "./validation/validation-error.ts";
import type { JsonObject } from "../../wire.ts";

/** A request as it was received. HTTP/2's `:authority` is in `headers` as `host`. */
export interface ReceivedRequest {
  method: string;
  /** Includes the query, exactly as sent. */
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Resolves with undefined if the client disconnected before the request was complete. */
export async function receiveRequest(
  request: IncomingMessage | Http2ServerRequest,
): Promise<ReceivedRequest | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  const headers: ReceivedRequest["headers"] = { ...request.headers };
  if ("authority" in request && headers["host"] === undefined) headers["host"] = request.authority;
  return { method: request.method ?? "", path: request.url ?? "", headers, body: Buffer.concat(chunks) };
}

/** Returns undefined if the body is not a JSON object in UTF-8. */
export function jsonOf({ body }: ReceivedRequest): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
