// Requests to a model server: a program that runs models and has the chat completions API, such as Ollama or llama.cpp.
//
// https://platform.openai.com/docs/api-reference/chat
import { Agent, type Dispatcher, request } from "undici";
import { UnreachableServer } from "./server-failure.ts";
import type { JsonObject } from "../../wire.ts";

export interface ModelServer {
  /** The API's base, such as `http://127.0.0.1:11434/v1`. */
  url: string;
  /** Sent as a bearer token. Default: none, because most local servers need none. */
  key?: string | undefined;
}

/** Thrown if the model server cannot be used. The message gives the reason, without the key. */
export class ModelServerError extends Error {
  override name = "ModelServerError" as const;
}

export type ServerResponse = Dispatcher.ResponseData;

// There are no timeouts, because a large model on a small machine may read a long prompt for many minutes. Bedrock's clients have
// their own limits, and end the request when they disconnect.
const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

/** Rejects with `UnreachableServer` if no response arrives, or with the signal's reason. */
export async function callServer(
  { url, key }: ModelServer,
  path: "/models" | "/chat/completions",
  { body, signal }: { body?: JsonObject; signal: AbortSignal },
): Promise<ServerResponse> {
  const headers = {
    ...(body && { "content-type": "application/json" }),
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
  };
  try {
    // undici follows no redirects. A redirect could send the prompt and the key to another server.
    return await request(url.replace(/\/+$/, "") + path, {
      method: body ? "POST" : "GET",
      headers,
      body: body ? JSON.stringify(body) : null,
      signal,
      dispatcher: agent,
    });
  } catch (error) {
    throw signal.aborted ? signal.reason : new UnreachableServer(error);
  }
}

/** Reads a body up to a limit, for errors and lists. Rejects with `UnreachableServer` if the connection breaks. */
export async function readText({ body }: ServerResponse, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  // undici also emits an error when this side ends the request.
  body.on("error", () => {});
  try {
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > maxBytes) break;
    }
  } catch (error) {
    throw new UnreachableServer(error);
  }
  return Buffer.concat(chunks).toString();
}
