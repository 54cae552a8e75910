// Answers of the chat completions API as server-sent events, written by hand in the forms that servers are known to send.
import type { JsonObject } from "../../../lib/wire.ts";

/** The last event of most streams. */
export const done = "data: [DONE]\n\n";
export const usage = { prompt_tokens: 31, completion_tokens: 5, total_tokens: 36 };

export function sse(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** A chunk with one choice. */
export function chunk(delta: JsonObject, rest: JsonObject = {}, more: JsonObject = {}): string {
  const choices = [{ index: 0, delta, finish_reason: null, ...rest }];
  return sse({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m", choices, ...more });
}

export function text(content: string): string {
  return chunk({ content });
}

export function finish(reason: string, rest: JsonObject = {}, more: JsonObject = {}): string {
  return chunk({}, { finish_reason: reason, ...rest }, more);
}

/** The chunk with the numbers of tokens. A server sends it after the answer if the request asks for the usage. */
export const counted = sse({ id: "chatcmpl-1", object: "chat.completion.chunk", choices: [], usage });

export function toolCall(call: JsonObject): string {
  return chunk({ tool_calls: [call as never] });
}

/** A whole answer in the form of llama.cpp, whose first chunk has no content. */
export function answerOf(...pieces: string[]): string[] {
  return [chunk({ role: "assistant", content: null }), ...pieces, finish("stop"), counted, done];
}

/** The bytes of a stream, one by one, so that every event and every character is cut at each of its bytes. */
export function byteByByte(pieces: string[]): Uint8Array[] {
  return [...Buffer.from(pieces.join(""))].map((byte) => Uint8Array.of(byte));
}
