// Starts the WebSocket function with a table of answers and a gated model (gated-model.ts), and collects the messages that the
// function sends to each connection.
import { expect } from "vitest";
import { gatedModel, type GatedModel } from "../frames/gated-model.ts";
import { startWebSocketService, type WebSocketService } from "../servers/websocket-service.ts";
import { linesOf, type PushedMessage } from "./pushed-lines.ts";

export interface KeyedService {
  service: WebSocketService;
  gate: GatedModel;
  postsTo(connection: string): WebSocketService["posts"];
  /** The lines of all messages to the connection. */
  linesTo(connection: string): string[];
  /** The only message to the connection, and the error in it. */
  errorTo(connection: string): PushedMessage & { name: string; message: string };
  /** Resolves when the connection has got this many lines. */
  lines(connection: string, count: number): Promise<void>;
  /** Resolves with the log records when there are this many. */
  records(count: number): Promise<WebSocketService["records"]>;
}

/** The number of the model's words, and of its answer's lines: words, start, messageStart, messageStop, metadata and end. */
export const [words, total] = [6, 11];

export const question = (idempotencyKey: string, more: object = {}) =>
  JSON.stringify({ prompt: "x", idempotencyKey, ...more });

export async function startKeyedService(): Promise<KeyedService> {
  const gate = gatedModel(words);
  const service = await startWebSocketService({
    answerStore: true,
    bedrock: { models: { "test.gated": gate.model } },
    variables: { DELTAPIPE_MODELS: "gated=test.gated,throttled=local.throttled" },
  });
  const postsTo = (connection: string) =>
    service.posts.filter(({ connectionId }) => connectionId === connection);
  const linesTo = (connection: string) => linesOf(postsTo(connection).map(({ text }) => text));
  return {
    service,
    gate,
    postsTo,
    linesTo,
    lines: (connection, count) =>
      service.until(`line ${count} of ${connection}`, () => linesTo(connection).length >= count),
    async records(count) {
      await service.until(`record ${count}`, () => service.records.length >= count);
      expect(service.records).toHaveLength(count);
      expect(service.faults).toEqual([]);
      return service.records;
    },
    errorTo(connection) {
      const [post, ...more] = postsTo(connection);
      expect(more).toEqual([]);
      const [line] = post!.message.lines as unknown as { error: { name: string; message: string } }[];
      return { ...post!.message, ...line!.error };
    },
  };
}
