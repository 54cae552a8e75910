// One connection of a client that subscribes: starts and stops subscriptions, and keeps the connection alive.
// https://docs.aws.amazon.com/appsync/latest/devguide/real-time-websocket-client.html
import type { WebSocket } from "ws";
import { isObject, parseObject } from "../../shared/json-object.ts";
import type { AppSyncLimits, AppSyncOptions } from "./appsync-options.ts";
import { authenticate } from "./authenticate.ts";
import { subscriptionRequest } from "./connection-authorization.ts";
import type { GraphQLApi } from "./graphql-api.ts";
import { readGraphQLRequest, type GraphQLResponse } from "./graphql-request.ts";
import { nameOf } from "./serve-request.ts";

export interface ConnectionOptions extends AppSyncOptions {
  limits: AppSyncLimits;
  sourceIp: string;
}

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const [goingAway, policyViolation, unsupportedData] = [1001, 1008, 1003];

interface Subscription {
  /** Undefined while the caller is being verified. */
  end?: () => void;
}

interface ErrorMessage {
  errorType: string;
  message: string;
  errorCode?: number;
}

export function serveConnection(webSocket: WebSocket, api: GraphQLApi, options: ConnectionOptions): void {
  const { limits, sourceIp } = options;
  /** The subscriptions by the id that the client chose. */
  const subscriptions = new Map<string, Subscription>();
  const keepAlive = setInterval(send, limits.keepAliveMs, { type: "ka" });
  const life = setTimeout(() => webSocket.close(goingAway, "Going away"), limits.lifeMs);

  webSocket.on("message", (data, isBinary) => {
    if (isBinary) return webSocket.close(unsupportedData, "Unsupported data");
    const message = parseObject(String(data)) ?? {};
    const id = typeof message["id"] === "string" ? message["id"] : undefined;
    switch (message["type"]) {
      case "connection_init":
        send({ type: "connection_ack", payload: { connectionTimeoutMs: limits.silenceMs } });
        return send({ type: "ka" });
      case "start":
        if (id !== undefined) return void start(id, message["payload"]).catch(giveUp);
        return fail(id, { errorType: "BadRequestException", message: "Missing id in the message" });
      case "stop":
        return stop(id ?? "");
      default: {
        const type = typeof message["type"] === "string" ? message["type"] : "unknown";
        return fail(id, {
          errorType: "UnsupportedOperation",
          message: `${type} not supported through the realtime channel`,
        });
      }
    }
  });
  webSocket.once("close", () => {
    clearInterval(keepAlive);
    clearTimeout(life);
    for (const { end } of subscriptions.values()) end?.();
    subscriptions.clear();
  });

  async function start(id: string, payload: unknown): Promise<void> {
    if (subscriptions.has(id)) {
      return fail(id, {
        errorType: "DuplicatedOperationError",
        message: "The id is in use on this connection",
      });
    }
    if (subscriptions.size >= limits.subscriptions) {
      const message = `Max number of ${limits.subscriptions} subscriptions reached`;
      return fail(id, { errorType: "MaxSubscriptionsReachedError", message });
    }
    const subscription: Subscription = {};
    subscriptions.set(id, subscription);
    const refused = await subscribe(id, subscription, isObject(payload) ? payload : {});
    if (!refused || subscriptions.get(id) !== subscription) return;
    subscriptions.delete(id);
    fail(id, ...refused);
  }

  /** Resolves with the errors, or with undefined if the subscription has started or is no longer wanted. */
  async function subscribe(
    id: string,
    subscription: Subscription,
    { data, extensions }: Record<string, unknown>,
  ): Promise<ErrorMessage[] | undefined> {
    const text = typeof data === "string" ? data : "";
    const signed = subscriptionRequest(extensions, text);
    const caller = await authenticate(
      signed ?? { method: "", target: "", headers: [], body: Buffer.alloc(0) },
      options,
    );
    if ("status" in caller) {
      const { status, errorType, message } = caller;
      options.onReport?.({ event: "refused", status, errorType });
      return [{ errorType, message }];
    }
    const request = readGraphQLRequest(text);
    if (!request)
      return [{ errorType: "BadRequestException", message: "Data is not a GraphQL request in JSON" }];
    // While the caller was being verified, the client may have stopped the subscription or closed the connection. It may even
    // have started another subscription with the same id.
    if (subscriptions.get(id) !== subscription) return undefined;
    const { response, fields, end } = api.subscribe(request, { caller, sourceIp }, (message) =>
      deliver(id, message),
    );
    const errors = (response.errors ?? []).map(({ errorType, message }) => ({
      errorType: errorType ?? "",
      message,
    }));
    const errorTypes = errors.map(({ errorType }) => errorType);
    options.onReport?.({ event: "request", callerName: nameOf(caller), fields, errorTypes });
    if (!end) return errors;
    subscription.end = end;
    send({ type: "start_ack", id });
    return undefined;
  }

  function giveUp(error: Error): void {
    process.emitWarning(error);
    webSocket.terminate();
  }

  function stop(id: string): void {
    subscriptions.get(id)?.end?.();
    subscriptions.delete(id);
    send({ type: "complete", id });
  }

  function deliver(id: string, payload: GraphQLResponse): void {
    const size = Buffer.byteLength(JSON.stringify(payload));
    if (size > limits.payloadBytes) {
      return void process.emitWarning(
        `Cannot deliver a message: found ${size} bytes, above AppSync's limit of ${limits.payloadBytes}; publish a smaller one`,
      );
    }
    if (webSocket.bufferedAmount > limits.bufferBytes) {
      return webSocket.close(policyViolation, "Client is too slow");
    }
    send({ type: "data", id, payload });
  }

  function fail(id: string | undefined, ...errors: ErrorMessage[]): void {
    send({ type: "error", ...(id !== undefined && { id }), payload: { errors } });
  }

  function send(message: object): void {
    // The error is ignored: if the client disconnects meanwhile, the event `close` reports that.
    webSocket.send(JSON.stringify(message), () => undefined);
  }
}
