// A local WebSocket API that invokes the test's own function, and signed connections to it.
import { once } from "node:events";
import { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { WebSocket, type ClientOptions } from "ws";
import type { WebSocketEvent } from "../../../lib/local/websocket-api/proxy-event.ts";
import { startWebSocketApi, type WebSocketApi } from "../../../lib/local/websocket-api/index.ts";
import type {
  ConnectionReport,
  WebSocketApiOptions,
} from "../../../lib/local/websocket-api/websocket-api-options.ts";
import { waitFor } from "../deadline.ts";
import { knownKeys, presign, sign, type AwsSigningOptions } from "../requests/signing.ts";

export interface TestWebSocketApi extends WebSocketApi {
  /** The events that the function got, in order. */
  events: WebSocketEvent[];
  reports: ConnectionReport[];
  /** Resolves with the next event of this kind, or with one that has come already and was not returned before. */
  event(eventType: "CONNECT" | "MESSAGE" | "DISCONNECT"): Promise<WebSocketEvent>;
}

export type TestFunction = (event: WebSocketEvent) => unknown;

/** The credentials of the function's role in `startApi`. */
export const roleKey = {
  accessKeyId: "ASIAROLE",
  secretAccessKey: "role-secret",
  sessionToken: "role-token",
};

/** `respond` returns the function's response (default: status 200), or throws like a function that fails. */
export async function startApi(
  respond: TestFunction = () => ({ statusCode: 200 }),
  options: Partial<WebSocketApiOptions> = {},
): Promise<TestWebSocketApi> {
  const events: WebSocketEvent[] = [];
  const unread: WebSocketEvent[] = [];
  const reports: ConnectionReport[] = [];
  const watchers = new Set<() => void>();
  const api = await startWebSocketApi({
    region: "us-east-1",
    callers: (accessKeyId) => knownKeys[accessKeyId],
    role: (accessKeyId) => (accessKeyId === roleKey.accessKeyId ? roleKey : undefined),
    onConnection: (report) => reports.push(report),
    async invoke({ event }) {
      const received = event as WebSocketEvent;
      events.push(received);
      unread.push(received);
      for (const check of watchers) check();
      const body = JSON.stringify((await respond(received)) ?? null);
      return { contentType: "application/json", body: Readable.from([Buffer.from(body)]) };
    },
    ...options,
  });
  onTestFinished(() => api.close());

  function event(eventType: string): Promise<WebSocketEvent> {
    const found = new Promise<WebSocketEvent>((resolve) => {
      function check(): void {
        const index = unread.findIndex(({ requestContext }) => requestContext.eventType === eventType);
        if (index < 0) return;
        watchers.delete(check);
        resolve(unread.splice(index, 1)[0]!);
      }
      watchers.add(check);
      check();
    });
    return waitFor(`the event ${eventType}`, found);
  }

  return { ...api, events, reports, event };
}

/** A presigned URL of the API, for `new WebSocket(…)`. */
export async function presignedUrl(api: { port: number }, options: AwsSigningOptions = {}): Promise<string> {
  const headers = { host: `127.0.0.1:${api.port}` };
  const signing = { service: "execute-api", date: new Date(), applyChecksum: false, ...options };
  const { target } = await presign({ target: "/v1", headers }, signing);
  return `ws://127.0.0.1:${api.port}${target}`;
}

/** The headers of a signed handshake. */
export async function signedHeaders(
  api: { port: number },
  options: AwsSigningOptions = {},
): Promise<Record<string, string>> {
  const unsigned = { method: "GET", target: "/v1", headers: { host: `127.0.0.1:${api.port}` } };
  const { headers } = await sign(unsigned, { service: "execute-api", date: new Date(), ...options });
  return Object.fromEntries(headers);
}

/** Resolves when the connection is open. */
export async function connect(api: { port: number }, options: ClientOptions = {}): Promise<WebSocket> {
  const webSocket = new WebSocket(await presignedUrl(api), options);
  onTestFinished(() => webSocket.terminate());
  await waitFor("the connection", once(webSocket, "open"));
  return webSocket;
}

/** Resolves with the status, error type and body of the response to a handshake that was refused. */
export async function refusal(
  url: string,
  options: ClientOptions = {},
): Promise<{ status: number; type: string; body: string }> {
  const webSocket = new WebSocket(url, options);
  webSocket.on("error", () => undefined);
  const [, response] = await waitFor("the refusal", once(webSocket, "unexpected-response"));
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, type: response.headers["x-amzn-errortype"], body };
}

export async function nextMessage(webSocket: WebSocket): Promise<string> {
  const [data] = await waitFor("the next message", once(webSocket, "message"));
  return String(data);
}

export function closeCode(webSocket: WebSocket): Promise<number> {
  // Not `once` from `node:events`: it would reject on an error event, although `close` still follows.
  const closed = new Promise<number>((resolve) => webSocket.once("close", resolve));
  return waitFor("the end of the connection", closed);
}
