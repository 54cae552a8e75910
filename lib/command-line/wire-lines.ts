// Reads the lines of an answer byte for byte, because parsing and serialising would change large numbers.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type ConverseStream, StreamFailedError } from "../client/index.ts";

/** https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md */
const headersReceived = "undici:request:headers";
const chunkReceived = "undici:request:bodyChunkReceived";

/** Yields complete lines, including the error line of a failed stream, and then throws the stream's error. */
export async function* wireLines(
  converse: () => ConverseStream,
): AsyncGenerator<Uint8Array, void, undefined> {
  let unread: Uint8Array[] = [];
  let fresh = false;
  let begun = false;
  function onHeaders(): void {
    unread = [];
    fresh = false;
  }
  function onChunk(message: unknown): void {
    unread.push((message as { chunk: Uint8Array }).chunk);
    fresh = true;
  }
  function* take(): Generator<Uint8Array, void, undefined> {
    if (!fresh) return;
    const bytes = Buffer.concat(unread);
    const end = bytes.lastIndexOf("\n") + 1;
    unread = [bytes.subarray(end)];
    fresh = false;
    if (end > 0) yield bytes.subarray(0, end);
  }

  subscribe(headersReceived, onHeaders);
  subscribe(chunkReceived, onChunk);
  try {
    for await (const _ of converse()) {
      begun = true;
      yield* take();
    }
    yield* take();
  } catch (error) {
    // Any other error comes from an error response, whose body is not a line.
    if (begun || error instanceof StreamFailedError) yield* take();
    throw error;
  } finally {
    unsubscribe(headersReceived, onHeaders);
    unsubscribe(chunkReceived, onChunk);
  }
}
