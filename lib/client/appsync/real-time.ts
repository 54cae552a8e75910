// One real-time connection to AppSync: subscribes to conversations, and passes each message to the answer that it belongs to.
// https://docs.aws.amazon.com/appsync/latest/devguide/real-time-websocket-client.html
import { onAbort } from "../../shared/abort.ts";
import { isObject, parseObject } from "../../shared/json-object.ts";
import { withResolvers } from "../../shared/with-resolvers.ts";
import { LostConnection } from "../platform.ts";
import { RetryLaterError } from "../errors.ts";
import type { Closable } from "../websocket/connections.ts";
import { readMessage } from "../websocket/messages.ts";
import type { WebSocketLike } from "../websocket/open-websocket.ts";
import { createPushedAnswer, type PushedAnswer } from "../websocket/pushed-answer.ts";
import { errorFor, firstErrorIn } from "./appsync-error.ts";
import type { Authorize } from "./authorization.ts";
import { realTimeHeaders, subscriptionText } from "./operations.ts";

export interface RealTimeConnection extends Closable {
  /**
   * Resolves when AppSync has accepted the subscription, so that no message can be missed. If the signal aborts, the answer
   * fails with the signal's reason.
   */
  subscribe(conversationId: string, options: SubscribeOptions): Promise<PushedAnswer>;
}

interface SubscribeOptions {
  idleTimeout: number;
  signal: AbortSignal;
  suggestedDelay: number;
}

export interface RealTimeOptions {
  url: URL;
  authorize: Authorize;
  /** Milliseconds for which the connection stays open after the last answer. */
  keepOpen: number;
  /** Milliseconds to wait until AppSync acknowledges the connection. */
  timeout: number;
  suggestedDelay: number;
}

interface Subscription {
  answer: PushedAnswer;
  onStarted: () => void;
}

/**
 * AppSync sends a message every minute, so after a silence of this length the connection counts as lost. When AppSync
 * acknowledges a connection, it may set another limit.
 */
const silenceMs = 300_000;

/** Resolves when AppSync has acknowledged the connection. Rejects with a `DeltapipeError`. */
export async function connectRealTime(
  webSocket: WebSocketLike,
  { url, authorize, keepOpen, timeout, suggestedDelay }: RealTimeOptions,
): Promise<RealTimeConnection> {
  const subscriptions = new Map<string, Subscription>();
  const { promise: acknowledged, resolve: onAcknowledged, reject: onRefused } = withResolvers<void>();
  const { promise: closed, resolve: onClosed } = withResolvers<void>();
  let [isClosed, isRetired, longestSilence] = [false, false, silenceMs];
  let idle: ReturnType<typeof setTimeout> | undefined;
  let silence = setTimeout(giveUp, timeout);

  webSocket.addEventListener("message", ({ data }) => {
    if (isClosed) return;
    const { type, id, payload } = parseObject(String(data)) ?? {};
    if (type === "connection_ack") acknowledge(payload);
    else if (type === "connection_error")
      onRefused(errorFor(firstErrorIn(payload) ?? unknown, suggestedDelay));
    else if (typeof id === "string") pass(id, type, payload);
    clearTimeout(silence);
    silence = setTimeout(giveUp, longestSilence);
  });
  webSocket.addEventListener("close", ({ code }) => end(`the connection was closed (${code})`));

  function end(clause: string): void {
    isClosed = true;
    clearTimeout(idle);
    clearTimeout(silence);
    for (const { answer } of subscriptions.values()) {
      answer.fail(new LostConnection(clause, { isAltered: false, cause: undefined }), "over");
    }
    const sentence = `Cannot open a connection to ${url.host} now: ${clause}`;
    onRefused(new RetryLaterError(sentence, { code: "WebSocketFailed", retryAfterMs: suggestedDelay }));
    onClosed();
  }

  send({ type: "connection_init" });
  await acknowledged;
  rest();

  function acknowledge(payload: unknown): void {
    const given = isObject(payload) ? payload["connectionTimeoutMs"] : undefined;
    if (typeof given === "number" && given > 0) longestSilence = given;
    onAcknowledged();
  }

  function pass(id: string, type: unknown, payload: unknown): void {
    const subscription = subscriptions.get(id);
    if (type === "start_ack") subscription?.onStarted();
    else if (type === "error") {
      const error = errorFor(firstErrorIn(payload) ?? unknown, suggestedDelay);
      subscription?.answer.fail(error, "over");
    } else if (type === "data" && isObject(payload) && isObject(payload["data"])) {
      const { onMessage } = payload["data"];
      const message = readMessage(isObject(onMessage) ? onMessage["message"] : undefined);
      if (message?.kind === "answer") subscription?.answer.receive(message);
    }
  }

  async function subscribe(id: string, { idleTimeout, signal }: SubscribeOptions): Promise<PushedAnswer> {
    clearTimeout(idle);
    const { promise: started, resolve: onStarted } = withResolvers<void>();
    const answer = createPushedAnswer({
      idleTimeout,
      onEnd(ending) {
        // The next question must not wait for a connection that may be broken.
        if (ending === "lost") isRetired = true;
        unfollow();
        subscriptions.delete(id);
        if (!isClosed) send({ type: "stop", id });
        if (subscriptions.size === 0) rest();
      },
    });
    const unfollow = onAbort(signal, () => answer.fail(signal.reason as Error, "left"));
    subscriptions.set(id, { answer, onStarted });
    try {
      const data = subscriptionText(id);
      const authorization = await authorize(url, data, realTimeHeaders);
      send({ id, type: "start", payload: { data, extensions: { authorization } } });
      await Promise.race([started, answer.response]);
    } catch (error) {
      answer.fail(error as Error, "over");
      throw error;
    }
    return answer;
  }

  function rest(): void {
    if (isRetired) close();
    else if (!isClosed) idle = setTimeout(close, keepOpen);
  }

  function close(): void {
    leave("this client has closed the connection");
  }

  function giveUp(): void {
    leave("AppSync was silent for too long");
  }

  /** Ends the connection without waiting for AppSync to close it, because that may never happen. */
  function leave(clause: string): void {
    if (isClosed) return;
    webSocket.close(1000);
    end(clause);
  }

  function send(message: object): void {
    webSocket.send(JSON.stringify(message));
  }

  return {
    get isUsable() {
      return !isClosed && !isRetired;
    },
    closed,
    subscribe,
    close,
  };
}

const unknown = { errorType: "Unknown", message: "" };
