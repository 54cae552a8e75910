// Sends requests and subscriptions to a GraphQL API without a client library: signed by AWS's signer, or with an API key.
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { WebSocket, type ClientOptions } from "ws";
import { withResolvers } from "../../../lib/shared/with-resolvers.ts";
import { waitFor } from "../deadline.ts";
import { sign } from "../requests/signing.ts";

/** An API key, or the credentials of a caller in IAM. */
export type Authorization =
  { apiKey: string } | { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** A GraphQL API on this machine. */
export interface Api {
  port: number;
}

export interface GraphQLResult {
  status: number;
  /** The header `x-amzn-errortype`. */
  type: string | null;
  body: { data?: Record<string, any>; errors?: Record<string, unknown>[] };
}

export interface Message {
  type: string;
  id?: string;
  payload?: { data?: Record<string, any>; errors?: Record<string, unknown>[]; connectionTimeoutMs?: number };
}

/** Sends a query or a mutation. `request` is the body as text, or the body's members. */
export async function post(
  api: Api,
  authorization: Authorization,
  request: string | { query: string; variables?: unknown },
): Promise<GraphQLResult> {
  const text = typeof request === "string" ? request : JSON.stringify(request);
  const { host: _, ...headers } = await authorize(api, authorization, "/graphql", text);
  const url = `http://127.0.0.1:${api.port}/graphql`;
  const response = await fetch(url, { method: "POST", headers, body: text });
  const body = (await response.json()) as GraphQLResult["body"];
  return { status: response.status, type: response.headers.get("x-amzn-errortype"), body };
}

/** Resolves with the headers that authorize a POST request to `target`. `text` is the body. */
export async function authorize(
  { port }: Api,
  authorization: Authorization,
  target: string,
  text: string,
): Promise<Record<string, string>> {
  const host = `127.0.0.1:${port}`;
  if ("apiKey" in authorization) return { host, "x-api-key": authorization.apiKey };
  const headers = { host, "content-type": "application/json; charset=UTF-8" };
  const options = { service: "appsync", date: new Date(), sessionToken: undefined, ...authorization };
  const signed = await sign({ method: "POST", target, headers, body: Buffer.from(text) }, options);
  return Object.fromEntries(signed.headers);
}

export interface RealTimeCaller {
  webSocket: WebSocket;
  send(message: unknown): void;
  /** Resolves with the next message that was not returned before. Skips the keep-alive messages (`ka`). */
  next(): Promise<Message>;
  /** Sends a subscription. Resolves with `start_ack` or `error`. */
  start(id: string, request: { query: string; variables?: unknown }, by?: Authorization): Promise<Message>;
  /** Resolves with the WebSocket's close code. */
  closed: Promise<number>;
}

/**
 * Resolves when the WebSocket is open. `next` then returns the message that acknowledges or refuses the connection. With
 * `isInQuery`, the authorization is in the URL's query, as older clients send it. Otherwise, it is in the name of a subprotocol.
 */
export async function openRealTime(
  api: Api,
  authorization: Authorization,
  options: ClientOptions & { path?: string; isInQuery?: boolean } = {},
): Promise<RealTimeCaller> {
  const { path = "/graphql", isInQuery = false, ...socketOptions } = options;
  const headers = JSON.stringify(await authorize(api, authorization, "/graphql/connect", "{}"));
  const url = `ws://127.0.0.1:${api.port}${path}`;
  const webSocket = isInQuery
    ? new WebSocket(
        `${url}?header=${encodeURIComponent(btoa(headers))}&payload=e30=`,
        "graphql-ws",
        socketOptions,
      )
    : new WebSocket(
        url,
        ["graphql-ws", `header-${Buffer.from(headers).toString("base64url")}`],
        socketOptions,
      );
  onTestFinished(() => webSocket.terminate());
  const closed = new Promise<number>((resolve) => webSocket.once("close", resolve));
  const received: Message[] = [];
  let onMessage = (): void => undefined;
  webSocket.on("message", (data) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.type === "ka") return;
    received.push(message);
    onMessage();
  });
  await waitFor("the connection", once(webSocket, "open"));

  async function next(): Promise<Message> {
    while (received.length === 0) {
      const { promise, resolve } = withResolvers<void>();
      onMessage = resolve;
      await waitFor("the next message", promise);
    }
    return received.shift()!;
  }

  function send(message: unknown): void {
    webSocket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  send({ type: "connection_init" });
  return {
    webSocket,
    send,
    next,
    closed,
    async start(id, request, by = authorization) {
      send(await startMessage(api, id, request, by));
      return next();
    },
  };
}

/** The message that starts a subscription. */
export async function startMessage(
  api: Api,
  id: string,
  request: { query: string; variables?: unknown },
  by: Authorization,
): Promise<object> {
  const data = JSON.stringify(request);
  const signed = await authorize(api, by, "/graphql", data);
  // This header is added after signing, because AWS Amplify does the same.
  const authorization = { ...signed, "x-amz-user-agent": "tests" };
  return { id, type: "start", payload: { data, extensions: { authorization } } };
}
