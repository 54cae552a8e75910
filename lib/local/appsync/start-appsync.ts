// Starts a local GraphQL API that behaves like AppSync's, with HTTP and real-time connections on one port.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { foreignHost } from "../loopback.ts";
import { splitTarget } from "../signature/index.ts";
import { startUpgradeServer } from "../upgrade-server.ts";
import { awsLimits, type AppSyncOptions } from "./appsync-options.ts";
import { authenticate, type Refusal } from "./authenticate.ts";
import { handshakeRequest, subprotocol } from "./connection-authorization.ts";
import { createGraphQLApi } from "./graphql-api.ts";
import { serveConnection } from "./real-time-connection.ts";
import { serveRequest } from "./serve-request.ts";

export interface LocalAppSync {
  /** For queries and mutations: `http://127.0.0.1:9003/graphql` */
  url: string;
  /** For subscriptions: `ws://127.0.0.1:9003/graphql`. The path of custom domains, `/graphql/realtime`, works as well. */
  realTimeUrl: string;
  port: number;
  /** Closes all connections and frees the port. */
  close(): Promise<void>;
}

/** Milliseconds for which the connection of a refused client stays open, so that the client can read the reason. */
const closeAfterMs = 500;

/** Rejects with Node's error, such as `EADDRINUSE`, if it cannot listen. */
export async function startAppSync(options: AppSyncOptions): Promise<LocalAppSync> {
  const limits = { ...awsLimits, ...options.limits };
  const api = await createGraphQLApi(options);
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.payloadBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  async function connect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const isRealTime = /^\/graphql(\/realtime)?$/.test(splitTarget(request.url ?? "").path);
    if (!isRealTime || foreignHost(request.headers) !== undefined) {
      return void socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }
    const sourceIp = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    const signed = handshakeRequest(request);
    const caller = await authenticate(signed ?? unsigned, options);
    if (socket.destroyed) return;
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      // The library closes the connection itself after a message that is too long or malformed.
      webSocket.on("error", () => undefined);
      if ("status" in caller) return refuse(webSocket, caller);
      const connectionId = randomUUID();
      options.onReport?.({ event: "opened", connectionId });
      webSocket.once("close", (code) => options.onReport?.({ event: "closed", connectionId, code }));
      serveConnection(webSocket, api, { ...options, limits, sourceIp });
    });
  }

  /** Like AppSync, gives the reason in a message, because browsers hide the status of a handshake. */
  function refuse(webSocket: WebSocket, { status, errorType, message }: Refusal): void {
    options.onReport?.({ event: "refused", status, errorType });
    const errors = [{ errorType, message, errorCode: status }];
    // The error is sent after the client's first message, because some clients do not listen earlier.
    webSocket.once("message", () => {
      webSocket.send(JSON.stringify({ type: "connection_error", payload: { errors } }), () => undefined);
      timer.refresh();
    });
    const timer = setTimeout(() => webSocket.close(1008, "Unauthorized"), closeAfterMs);
    webSocket.once("close", () => clearTimeout(timer));
  }

  const server = await startUpgradeServer(
    options.port ?? 0,
    { serve: (request, response) => serveRequest(request, response, api, options), connect },
    { requestTimeout: limits.requestMs },
  );
  return {
    ...server,
    url: `http://127.0.0.1:${server.port}/graphql`,
    realTimeUrl: `ws://127.0.0.1:${server.port}/graphql`,
  };
}

const unsigned = { method: "GET", target: "/graphql/connect", headers: [], body: Buffer.alloc(0) };
