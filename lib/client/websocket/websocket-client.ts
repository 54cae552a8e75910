/// <reference lib="esnext.disposable" preserve="true" />
// The client over a WebSocket: the same answers as from a Function URL, many of them over one connection.
import { untilAborted } from "../../shared/abort.ts";
import { parseObject } from "../../shared/json-object.ts";
import { checkCredentials } from "../../signer/credentials.ts";
import { type PresignUrl, regionOfApi } from "../../signer/presign-url.ts";
import { parseEndpoint } from "../../signer/signing-scope.ts";
import { type Client, type ClientOptions, clientOn } from "../client.ts";
import { RequestError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { type Connection, createConnection } from "./connection.ts";
import { checkKeepOpen, createConnections, type Connections } from "./connections.ts";
import type { OpenWebSocket } from "./open-websocket.ts";
import { firstMessage } from "./first-message.ts";
import { noCredentials, unsigned } from "./unsigned.ts";

/** Options of `createWebSocketClient`. Only `url` and `credentials` are required. */
export interface WebSocketClientOptions extends Omit<ClientOptions, "url" | "region"> {
  /** The URL of the WebSocket API's stage. Must be wss, except for the local stack on this machine. */
  url: string | URL;
  /** Region to sign for. Default: the Region in the host of an API Gateway API. Required for any other host. */
  region?: string | undefined;
  /**
   * Milliseconds for which the connection stays open after the last answer, for reuse. API Gateway closes a
   * connection after ten minutes without a message. Default: 540,000 (9 minutes).
   */
  keepOpen?: number | undefined;
}

/**
 * A client for one WebSocket API, made by `createWebSocketClient`.
 *
 * The client opens a connection for the first question and uses it for all later questions, even at the same time. When the
 * connection has ended, the client opens and signs another one for the next question. Only with `resume` does it send a question
 * twice. API Gateway accepts at most 32,768 bytes per question; send larger ones, such as those with images, to the Function URL.
 *
 * Breaking out of a loop or aborting an answer closes the connection, because nothing else stops an answer. If other
 * answers are still arriving, the connection closes after the last of them. Until then, the aborted answer continues
 * and is billed. The answer to a request with an `idempotencyKey` goes on even without a connection, so aborting it
 * leaves the connection open.
 *
 * Messages that a slow loop has not read yet are kept in memory: unlike over HTTP, the loop does not slow the service down.
 */
export interface WebSocketClient extends Pick<Client, "converse" | "cancel">, AsyncDisposable {
  /** Closes the connection. Answers that are not complete fail. On Node, an open connection keeps the process running. */
  close(): void;
  /** Closes the connection at the end of a block with `await using`. */
  [Symbol.asyncDispose](): PromiseLike<void>;
}

const permission = "execute-api:Invoke for $connect";

/** The parts that differ between Node and the runtimes that have only web standards. */
export interface WebSocketPlatform extends Pick<Platform, "checkDispatcher"> {
  open: OpenWebSocket;
  presignUrl: PresignUrl;
}

/** Makes the client for the given platform. */
export function webSocketClientOn(
  { open, presignUrl, checkDispatcher }: WebSocketPlatform,
  options: WebSocketClientOptions,
): WebSocketClient {
  // A WebSocket begins with a GET over HTTP, which is what the signature covers.
  const url = parseEndpoint(String(options.url).replace(/^ws(?=s?:)/i, "http"));
  const region = options.region ?? regionOfApi(url);
  const { credentials, dispatcher } = options;
  if (typeof credentials !== "function") checkCredentials(credentials);
  const address = `${url.protocol.replace("http", "ws")}//${url.host}${url.pathname}${url.search}`;
  const keepOpen = checkKeepOpen(options.keepOpen ?? 540_000);
  const connections = createConnections(async (attempt) => {
    // Each connection needs a new signature.
    const signed = await presignUrl(address, { credentials, region, service: "execute-api" });
    attempt.signal.throwIfAborted();
    const webSocket = await open(new URL(signed), { ...attempt, dispatcher, permission });
    return createConnection(webSocket, { keepOpen, suggestedDelay: attempt.suggestedDelay });
  });
  // Only the handshake is signed, so the questions need no signature.
  const platform: Platform = {
    sigv4: unsigned,
    send: asker(connections),
    checkDispatcher,
  };
  const { converse, cancel } = clientOn(platform, { ...options, url, region, credentials: noCredentials });
  return {
    converse,
    cancel,
    close: () => connections.close(),
    [Symbol.asyncDispose]: async () => connections.close(),
  };
}

/** Returns a `send` that sends a request as a question over a connection, and turns the messages into a response. */
function asker(connections: Connections<Connection>): Platform["send"] {
  let lastId = 0;
  return async (request) => {
    const { signal, body = "{}" } = request;
    const id = ++lastId;
    const question = withId(id, body);
    const hasKey = parseObject(body)?.["idempotencyKey"] !== undefined;
    let connection: Connection;
    do {
      connection = await untilAborted(connections.get(request), signal);
      signal.throwIfAborted();
      // Another answer may have closed the connection in the meantime.
    } while (!connection.isUsable);
    return firstMessage(connection.ask(id, question, { ...request, hasKey }), request);
  };
}

/**
 * API Gateway's limit for a frame, in bytes. A WebSocket sends each message as one frame.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
const maxQuestionBytes = 32_768;

function withId(id: number, body: string): string {
  const question = `{"id":${id}${body === "{}" ? "" : ","}${body.slice(1)}`;
  const { length } = new TextEncoder().encode(question);
  if (length <= maxQuestionBytes) return question;
  throw new RequestError(
    `Cannot send this question over a WebSocket: it has ${length} bytes, and API Gateway accepts ${maxQuestionBytes};` +
      " send it to the Function URL",
    { code: "PayloadTooLarge" },
  );
}
