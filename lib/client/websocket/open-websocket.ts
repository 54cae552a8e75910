// The part of a WebSocket that the client uses, and the type of the function that opens one.
import { onAbort } from "../../shared/abort.ts";
import type { Dispatcher } from "../dispatcher.ts";
import { type DeltapipeError, RetryLaterError } from "../errors.ts";

/** https://websockets.spec.whatwg.org/#the-websocket-interface */
export interface WebSocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void;
}

export interface WebSocketEvent {
  /** The content of a message, in an event `message`. */
  data?: unknown;
  /** The status code, in an event `close`. */
  code?: number;
}

export interface HandshakeOptions {
  /** The subprotocols to offer. Default: none. */
  protocols?: string[];
  dispatcher: Dispatcher | undefined;
  /** The permission that the caller needs. The error for a handshake that AWS rejects contains it. */
  permission: string;
  /** In milliseconds, for the response to the handshake. */
  firstByteTimeout: number;
  /** In milliseconds, for an error that does not specify a delay. */
  suggestedDelay: number;
  /** Ends the handshake. */
  signal: AbortSignal;
}

/** Resolves when the connection is open. Rejects with a `DeltapipeError`. The URL is signed, so no error may quote it. */
export type OpenWebSocket = (url: URL, options: HandshakeOptions) => Promise<WebSocketLike>;

/** API Gateway waits at most 29 seconds for the function. The rest is for the network. */
const longestHandshakeMs = 40_000;

/** Waits for the first event, and closes a WebSocket that takes too long. If it fails, `failed` makes the error. */
export async function whenOpen(
  webSocket: WebSocketLike,
  { host }: URL,
  { firstByteTimeout, suggestedDelay, signal }: HandshakeOptions,
  failed: () => DeltapipeError,
): Promise<WebSocketLike> {
  const limit = Math.min(firstByteTimeout, longestHandshakeMs);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = onAbort(signal, () => webSocket.close());
  try {
    return await new Promise((resolve, reject) => {
      webSocket.addEventListener("open", () => resolve(webSocket));
      webSocket.addEventListener("error", () => reject(failed()));
      webSocket.addEventListener("close", () => reject(failed()));
      timer = setTimeout(() => {
        // No question has been sent yet, so the handshake may be repeated.
        const sentence = `Cannot open a connection to ${host}: no response within ${limit} ms`;
        reject(new RetryLaterError(sentence, { retryAfterMs: suggestedDelay }));
        webSocket.close();
      }, limit);
    });
  } finally {
    clearTimeout(timer);
    stop();
  }
}
