// One open connection: passes messages to the function and to the client, and closes at API Gateway's limits.
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { watchFrames } from "./frame-limit.ts";
import { integrate } from "./integration.ts";
import { disconnectEvent, messageEvent, type Connection } from "./proxy-event.ts";
import type { WebSocketApiOptions, WebSocketLimits } from "./websocket-api-options.ts";

export interface OpenConnection extends Connection {
  /** The time of the last message in either direction or the client's last ping, in milliseconds since the epoch. */
  readonly lastActiveAt: number;
  /** Returns false if too many bytes of earlier messages wait for the client to read them. */
  send(message: string): boolean;
  close(code: number, reason: string): void;
  /** Closes the network connection. */
  destroy(): void;
}

export interface ConnectionOptions extends Pick<WebSocketApiOptions, "invoke" | "routes" | "onConnection"> {
  limits: WebSocketLimits;
  onClose: () => void;
}

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const [goingAway, unsupportedData, tooBig] = [1001, 1003, 1009];

export function openConnection(
  connection: Connection,
  { webSocket, socket }: { webSocket: WebSocket; socket: Duplex },
  { limits, onClose, ...options }: ConnectionOptions,
): OpenConnection {
  let [lastActiveAt, received, sent] = [Date.now(), 0, 0];
  /** Set if this side has closed the connection. The code that the client sends in return does not matter then. */
  let closedWith: { code: number; reason: string } | undefined;
  const idle = setTimeout(close, limits.idleMs, goingAway, "Going away");
  const life = setTimeout(close, limits.lifeMs, goingAway, "Going away");
  options.onConnection?.({
    connectionId: connection.id,
    state: "opened",
    callerArn: connection.identity.userArn,
  });

  watchFrames(socket, limits.frameBytes, () => close(tooBig, "Frame too big"));
  // The library closes the connection itself after a message that is too long or malformed.
  webSocket.on("error", () => undefined);
  webSocket.on("ping", touch);
  webSocket.on("message", (data, isBinary) => {
    // The connection is already closing, for example because one of this message's frames was too long.
    if (webSocket.readyState !== webSocket.OPEN) return;
    touch();
    received++;
    if (isBinary) close(unsupportedData, "Unsupported data");
    else void pass(String(data));
  });
  webSocket.once("close", (clientCode, clientReason) => {
    const { code, reason } = closedWith ?? { code: clientCode, reason: String(clientReason) };
    clearTimeout(idle);
    clearTimeout(life);
    onClose();
    const totalMs = Date.now() - connection.connectedAt;
    options.onConnection?.({ connectionId: connection.id, state: "closed", code, totalMs, received, sent });
    void integrate(options, disconnectEvent(connection, code, reason), limits.integrationMs);
  });

  /** Messages are independent: the function gets the next one while it still works on this one. */
  async function pass(message: string): Promise<void> {
    const event = messageEvent(connection, message);
    const { failure } = await integrate(options, event, limits.integrationMs);
    // The function's own response is not sent, because the route has no route response.
    if (failure === undefined) return;
    // This JSON has the same spaces as API Gateway's.
    const { connectionId, requestId } = event.requestContext;
    send(`{"message": "${failure}", "connectionId":"${connectionId}", "requestId":"${requestId}"}`);
  }

  function touch(): void {
    lastActiveAt = Date.now();
    idle.refresh();
  }

  function send(message: string): boolean {
    if (webSocket.bufferedAmount > limits.bufferBytes) return false;
    touch();
    sent++;
    // The error is ignored: if the client disconnects meanwhile, the event `close` reports that.
    webSocket.send(message, () => undefined);
    return true;
  }

  function close(code: number, reason: string): void {
    closedWith ??= { code, reason };
    webSocket.close(code, reason);
  }

  return {
    ...connection,
    get lastActiveAt() {
      return lastActiveAt;
    },
    send,
    close,
    destroy: () => webSocket.terminate(),
  };
}
