// A WebSocket server with answers that the test writes, including the faults of a service or a network.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import {
  createWebSocketClient,
  type WebSocketClient,
  type WebSocketClientOptions,
} from "../../../lib/client/websocket/index.ts";

export interface Question {
  id: number;
  prompt?: string;
  [more: string]: unknown;
}

export interface Answerer {
  webSocket: WebSocket;
  /** The number of connections so far. */
  connections: number;
  /** Sends a message with the question's id. */
  push(members: object): void;
}

export interface ScriptedWebSocket {
  url: string;
  client: WebSocketClient;
  /** The connections so far. */
  sockets: WebSocket[];
  questions: Question[];
  /** The queries of the handshakes. */
  handshakes: URLSearchParams[];
}

const credentials = { accessKeyId: "local", secretAccessKey: "local" };
export const start = { type: "start", version: 1, requestId: "r", modelId: "m" };
export const end = { type: "end", stopReason: "end_turn", timing: { totalMs: 1 } };
export const text = (value: string) => ({
  type: "contentBlockDelta",
  contentBlockIndex: 0,
  delta: { text: value },
});

export async function startScriptedWebSocket(
  answer: (question: Question, answerer: Answerer) => unknown,
  options: Partial<WebSocketClientOptions> = {},
): Promise<ScriptedWebSocket> {
  const server = createServer();
  const webSockets = new WebSocketServer({ server });
  const sockets: WebSocket[] = [];
  const questions: Question[] = [];
  const handshakes: URLSearchParams[] = [];
  webSockets.on("connection", (webSocket, request) => {
    const connections = sockets.push(webSocket);
    handshakes.push(new URL(request.url ?? "", "http://localhost").searchParams);
    webSocket.on("error", () => undefined);
    webSocket.on("message", (data) => {
      const question = JSON.parse(String(data)) as Question;
      questions.push(question);
      const push = (members: object): void =>
        webSocket.send(JSON.stringify({ requestId: "r", run: "a", id: question.id, ...members }));
      void answer(question, { webSocket, connections, push });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const client = createWebSocketClient({ url, region: "us-east-1", credentials, retry: 0, ...options });
  onTestFinished(async () => {
    client.close();
    for (const socket of webSockets.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url, client, sockets, questions, handshakes };
}
