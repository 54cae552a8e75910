// Starts a local WebSocket API that behaves like API Gateway's with `AWS_IAM` on `$connect` and a proxy integration.
import { ServerResponse, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { sendApiError } from "../signed-request.ts";
import { startUpgradeServer } from "../upgrade-server.ts";
import { shakeHands } from "./handshake.ts";
import { manageConnection } from "./manage-connections.ts";
import { openConnection, type OpenConnection } from "./open-connection.ts";
import { createId } from "./proxy-event.ts";
import { awsLimits, stage, type WebSocketApiOptions } from "./websocket-api-options.ts";

export interface WebSocketApi {
  /** Such as `ws://127.0.0.1:9002/v1`. */
  url: string;
  /** The base URL of the @connections API, such as `http://127.0.0.1:9002/v1`. */
  managementUrl: string;
  port: number;
  /** Closes all connections and frees the port. */
  close(): Promise<void>;
}

/** Rejects with Node's error, such as `EADDRINUSE`, if it cannot listen. */
export async function startWebSocketApi(options: WebSocketApiOptions): Promise<WebSocketApi> {
  const limits = { ...awsLimits, ...options.limits };
  const connections = new Map<string, OpenConnection>();
  // No subprotocol is accepted, because on AWS the function would have to choose one.
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    perMessageDeflate: false,
    handleProtocols: () => false,
  });
  const management = { ...options, limits, connectionOf: (id: string) => connections.get(id) };
  async function connect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const handshake = await shakeHands(request, { ...options, limits });
    if ("refusal" in handshake) {
      const { connectionId, refusal } = handshake;
      options.onConnection?.({ connectionId, state: "refused", status: refusal.status });
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket as Socket);
      response.once("finish", () => socket.end());
      return sendApiError(response, refusal, { connectionId, requestId: createId() });
    }
    if (socket.destroyed) return;
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const { connection } = handshake;
      const onClose = (): void => void connections.delete(connection.id);
      const opened = openConnection(connection, { webSocket, socket }, { ...options, limits, onClose });
      connections.set(connection.id, opened);
    });
  }

  const { port, close } = await startUpgradeServer(options.port ?? 0, {
    serve: (request, response) => manageConnection(request, response, management),
    connect,
  });
  return {
    url: `ws://127.0.0.1:${port}/${stage}`,
    managementUrl: `http://127.0.0.1:${port}/${stage}`,
    port,
    async close() {
      for (const connection of connections.values()) connection.destroy();
      await close();
    },
  };
}
