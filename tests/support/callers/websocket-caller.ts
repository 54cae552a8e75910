// A caller of the WebSocket API of a local stack: asks questions, and reads the messages of their answers.
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { withResolvers } from "../../../lib/shared/with-resolvers.ts";
import { presignUrl } from "../../../lib/signer/index.ts";
import { waitFor } from "../deadline.ts";
import { caller } from "../servers/local-stack.ts";
import { readAnswer, type PushedAnswer, type PushedMessage } from "../push/pushed-lines.ts";

export interface WebSocketCaller {
  webSocket: WebSocket;
  send(question: unknown): void;
  /** Resolves with the next message that was not returned before. */
  next(): Promise<PushedMessage>;
  /** Resolves with the text of the next message. */
  nextText(): Promise<string>;
  /** Resolves with the next answer, without the messages that `next` has already returned. */
  rest(): Promise<PushedAnswer>;
  /** Sends a question, and resolves with its answer. */
  ask(question: unknown): Promise<PushedAnswer>;
}

/** Resolves with a presigned URL, which any WebSocket client can open. */
export function presigned(webSocketUrl: string, credentials = caller): Promise<string> {
  return presignUrl(webSocketUrl, { credentials, region: "us-east-1", service: "execute-api" });
}

/** Resolves when the connection is open. Without `signedUrl`, the function presigns `webSocketUrl` and opens that URL. */
export async function openWebSocket({
  webSocketUrl,
  signedUrl,
}: {
  webSocketUrl: string;
  signedUrl?: string;
}): Promise<WebSocketCaller> {
  const webSocket = new WebSocket(signedUrl ?? (await presigned(webSocketUrl)));
  onTestFinished(() => webSocket.terminate());
  const received: string[] = [];
  let onMessage = (): void => undefined;
  webSocket.on("message", (data) => {
    received.push(String(data));
    onMessage();
  });
  await waitFor("the connection", once(webSocket, "open"));

  async function nextText(): Promise<string> {
    while (received.length === 0) {
      const { promise, resolve } = withResolvers<void>();
      onMessage = resolve;
      await waitFor("the next message", promise);
    }
    return received.shift()!;
  }

  const rest = () => readAnswer(nextText);

  function send(question: unknown): void {
    webSocket.send(typeof question === "string" ? question : JSON.stringify(question));
  }

  return {
    webSocket,
    send,
    next: async () => JSON.parse(await nextText()) as PushedMessage,
    nextText,
    rest,
    ask(question) {
      send(question);
      return rest();
    },
  };
}
