// The part of a WebSocket that the client uses, and how a platform opens one.
import type { Dispatcher } from "../dispatcher.ts";

/** https://websockets.spec.whatwg.org/#the-websocket-interface */
export interface WebSocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void;
}

export interface WebSocketEvent {
  /** Of a message. */
  data?: unknown;
  /** Of `close`. */
  code?: number;
}

export interface HandshakeOptions {
  /** The subprotocols to offer. Default: none. */
  protocols?: string[];
  dispatcher: Dispatcher | undefined;
  /** What the caller has to be allowed, for the error of a handshake that AWS rejects. */
  permission: string;
  /** In milliseconds, for an error that does not specify a delay. */
  suggestedDelay: number;
}

/** Resolves when the connection is open. Rejects with a `DeltapipeError`. The URL is signed, so no error may quote it. */
export type OpenWebSocket = (url: URL, options: HandshakeOptions) => Promise<WebSocketLike>;

/** Waits for the first event. `failed` makes the error. */
export function whenOpen(webSocket: WebSocketLike, failed: () => Error): Promise<WebSocketLike> {
  return new Promise((resolve, reject) => {
    webSocket.addEventListener("open", () => resolve(webSocket));
    webSocket.addEventListener("error", () => reject(failed()));
    webSocket.addEventListener("close", () => reject(failed()));
  });
}
