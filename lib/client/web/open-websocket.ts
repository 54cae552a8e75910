// Opens the runtime's own WebSocket, which does not report why a handshake failed.
import { ConfigurationError, RetryLaterError } from "../errors.ts";
import { type OpenWebSocket, type WebSocketLike, whenOpen } from "../websocket/open-websocket.ts";

export const openWebSocket: OpenWebSocket = (url, options) => {
  const { WebSocket } = globalThis as unknown as {
    WebSocket?: new (url: string, protocols: string[]) => WebSocketLike;
  };
  if (!WebSocket) {
    throw new ConfigurationError("Cannot open a connection: this runtime has no WebSocket; use createClient");
  }
  return whenOpen(
    new WebSocket(url.href, options.protocols ?? []),
    url,
    options,
    () =>
      new RetryLaterError(
        `Cannot open a connection to ${url.host}: it was refused or could not be reached, and this runtime does not say which;` +
          " check the URL, the credentials and the network",
        { code: "WebSocketFailed", retryAfterMs: options.suggestedDelay },
      ),
  );
};
