// A stand-in for a model server: the chat completions API, with a prepared reply for each model.
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { JsonObject } from "../../../lib/wire.ts";
import { waitFor } from "../deadline.ts";
import { readBody, serve, type TestServer } from "./http-server.ts";

export type Reply = (response: ServerResponse) => void | Promise<void>;

export interface ChatRequest {
  body: JsonObject;
  headers: IncomingMessage["headers"];
  /** Resolves when the response has ended, or when its client has disconnected before that. */
  closed: Promise<"complete" | "disconnected">;
}

export interface ChatServer extends TestServer {
  /** The base URL of the API, for the option `url` of `findServedModels`. */
  url: string;
  /** The requests for completions of this model so far, in order. `model` is the model's id on this server. */
  asked(model: string): ChatRequest[];
  /** Resolves with the next request for the model. */
  next(model: string): Promise<ChatRequest>;
}

/** The server lists every model in `replies`. A request for any other model gets the error response that Ollama sends. */
export async function startChatServer(replies: Record<string, Reply>): Promise<ChatServer> {
  const requests: ChatRequest[] = [];
  const watchers = new Map<string, (request: ChatRequest) => void>();
  const server = await serve(async (received, response) => {
    if (received.url === "/v1/models")
      return sendJson(200, { object: "list", data: list(replies) })(response);
    if (received.url !== "/v1/chat/completions") return sendJson(404, { error: "no such path" })(response);
    const body = JSON.parse((await readBody(received)).toString()) as JsonObject;
    const model = String(body["model"]);
    const closed = once(response, "close").then(() =>
      response.writableFinished ? ("complete" as const) : ("disconnected" as const),
    );
    const request = { body, headers: received.headers, closed };
    requests.push(request);
    watchers.get(model)?.(request);
    const missing = sendJson(404, { error: { message: `model "${model}" not found` } });
    await (replies[model] ?? missing)(response);
  });
  return {
    close: () => server.close(),
    url: `${server.url}v1`,
    asked: (model) => requests.filter(({ body }) => body["model"] === model),
    next(model) {
      const request = new Promise<ChatRequest>((resolve) => watchers.set(model, resolve));
      return waitFor(`A request for ${model}`, request);
    },
  };
}

/** A server that is closed when the test has finished. */
export async function startTestChatServer(replies: Record<string, Reply>): Promise<ChatServer> {
  const server = await startChatServer(replies);
  onTestFinished(() => server.close());
  return server;
}

function list(replies: Record<string, Reply>): JsonObject[] {
  return Object.keys(replies).map((id) => ({ id, object: "model", created: 1, owned_by: "library" }));
}

export function sendJson(status: number, body: unknown): Reply {
  return sendText(status, "application/json", JSON.stringify(body));
}

export function sendText(status: number, type: string, body: string): Reply {
  return (response) => void response.writeHead(status, { "content-type": type }).end(body);
}

/** Sends each piece of the stream separately, and ends the response. */
export function sendPieces(pieces: Iterable<string | Uint8Array>): Reply {
  return async (response) => {
    await writePieces(response, pieces);
    response.end();
  };
}

/** Sends the pieces, and breaks the connection. */
export function breakAfter(pieces: Iterable<string | Uint8Array>): Reply {
  return async (response) => {
    await writePieces(response, pieces);
    response.destroy();
  };
}

/** Sends the pieces, and then nothing more. */
export function hangAfter(pieces: Iterable<string | Uint8Array>): Reply {
  return (response) => writePieces(response, pieces);
}

async function writePieces(response: ServerResponse, pieces: Iterable<string | Uint8Array>): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  for (const piece of pieces) {
    await new Promise<void>((resolve) => response.write(piece, () => resolve()));
    await setImmediate();
  }
}
