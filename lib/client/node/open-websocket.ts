// Opens a WebSocket with undici, and finds out why a handshake failed, which the WebSocket itself does not tell.
import type { Duplex } from "node:stream";
import { WebSocket } from "undici";
import { sharedAgent } from "../../shared/shared-agent.ts";
import type { Dispatcher } from "../dispatcher.ts";
import { handshakeError, type Refusal } from "../websocket/handshake-error.ts";
import { type OpenWebSocket, type WebSocketLike, whenOpen } from "../websocket/open-websocket.ts";
import { type DeltapipeError, RetryLaterError, StreamCutError } from "../errors.ts";
import { connectionError, describeCut } from "./connection-error.ts";

/** The time limit for the service's answer to the close frame. */
const closeTimeoutMs = 1000;

export const openWebSocket: OpenWebSocket = (url, options) => {
  const { protocols = [], dispatcher = sharedAgent(), suggestedDelay } = options;
  const handshake: Handshake = {};
  const watched = watch(dispatcher, handshake);
  const webSocket = new WebSocket(url, {
    protocols,
    dispatcher: watched as never,
  }) as unknown as WebSocketLike;
  return whenOpen(withTimedClose(webSocket, handshake), url, options, () =>
    handshake.refusal
      ? handshakeError(handshake.refusal, url, options)
      : failedConnection(handshake.error, url, suggestedDelay),
  );
};

/** Unlike a request that was cut, a handshake may be repeated: no question has been sent. */
function failedConnection(error: unknown, url: URL, retryAfterMs: number): DeltapipeError {
  const failure = connectionError(error, url, retryAfterMs);
  if (!(failure instanceof StreamCutError)) return failure;
  const { code, cause } = failure;
  const sentence = `Cannot open a connection to ${url.host} now: ${describeCut(error)}`;
  return new RetryLaterError(sentence, { code, cause, retryAfterMs });
}

/** Destroys the socket if the service never answers the close frame. Otherwise the socket would keep the process running. */
function withTimedClose(webSocket: WebSocketLike, handshake: Handshake): WebSocketLike {
  return {
    send: (text) => webSocket.send(text),
    addEventListener: (type, listener) => webSocket.addEventListener(type, listener),
    close(code, reason) {
      webSocket.close(code, reason);
      const { socket } = handshake;
      if (!socket || socket.destroyed) return;
      const timer = setTimeout(() => socket.destroy(), closeTimeoutMs);
      socket.once("close", () => clearTimeout(timer));
    },
  };
}

interface Handshake {
  socket?: Duplex;
  refusal?: Refusal;
  error?: unknown;
}

/** The methods of a dispatch handler that matter here: https://undici.nodejs.org/#/docs/api/Dispatcher */
interface Handler {
  onHeaders(status: number, headers: Buffer[], ...rest: unknown[]): boolean;
  onUpgrade(status: number, headers: Buffer[], socket: Duplex): unknown;
  onError(error: unknown): void;
}

function watch(dispatcher: Dispatcher, handshake: Handshake): Dispatcher {
  return {
    dispatch(options, handler) {
      const watching = Object.assign(Object.create(handler) as Handler, {
        onHeaders(status: number, headers: Buffer[], ...rest: unknown[]) {
          handshake.refusal ??= refusalOf(status, headers);
          return (handler as Handler).onHeaders.call(watching, status, headers, ...rest);
        },
        onUpgrade(status: number, headers: Buffer[], socket: Duplex) {
          handshake.socket = socket;
          return (handler as Handler).onUpgrade.call(watching, status, headers, socket);
        },
        onError(error: unknown) {
          handshake.error ??= error;
          (handler as Handler).onError.call(watching, error);
        },
      });
      return dispatcher.dispatch(options, watching);
    },
  };
}

function refusalOf(status: number, headers: Buffer[]): Refusal {
  const valueOf = (name: string): string | undefined => {
    const index = headers.findIndex((each, at) => at % 2 === 0 && String(each).toLowerCase() === name);
    return index < 0 ? undefined : String(headers[index + 1]);
  };
  return { status, errorType: valueOf("x-amzn-errortype"), requestId: valueOf("x-amzn-requestid") };
}
