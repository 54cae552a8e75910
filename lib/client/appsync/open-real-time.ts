// Opens a real-time connection to AppSync: signs the handshake, connects, and waits for AppSync's acknowledgement.
import { onAbort } from "../../shared/abort.ts";
import type { HandshakeOptions, OpenWebSocket } from "../websocket/open-websocket.ts";
import { permission } from "./appsync-error.ts";
import type { Authorize } from "./authorization.ts";
import { connectionText, realTimeHeaders } from "./operations.ts";
import { connectRealTime, type RealTimeConnection } from "./real-time.ts";
import { realTimeUrl, withPath } from "./urls.ts";

export interface OpenOptions extends Omit<HandshakeOptions, "protocols" | "permission"> {
  open: OpenWebSocket;
  authorize: Authorize;
  /** Milliseconds for which the connection stays open after the last answer. */
  keepOpen: number;
}

const subprotocol = "graphql-ws";

/** Rejects with a `DeltapipeError`, or with the signal's reason. */
export async function openRealTime(
  url: URL,
  { open, authorize, keepOpen, ...handshake }: OpenOptions,
): Promise<RealTimeConnection> {
  const { signal, suggestedDelay, firstByteTimeout: timeout } = handshake;
  const protocols = [subprotocol, await headerProtocol(url, authorize)];
  signal.throwIfAborted();
  const webSocket = await open(realTimeUrl(url), { ...handshake, protocols, permission });
  const stop = onAbort(signal, () => webSocket.close(1000));
  return connectRealTime(webSocket, { url, authorize, keepOpen, timeout, suggestedDelay }).finally(stop);
}

/** Makes a subprotocol from the signed headers, because a page in a browser can choose subprotocols, but cannot set headers. */
async function headerProtocol(url: URL, authorize: Authorize): Promise<string> {
  const headers = await authorize(withPath(url, "/connect"), connectionText, realTimeHeaders);
  const base64 = btoa(JSON.stringify(headers)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `header-${base64}`;
}
