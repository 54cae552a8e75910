// One open WebSocket connection: sends questions, and passes each message to the answer that it belongs to.
import { onAbort } from "../../shared/abort.ts";
import { withResolvers } from "../../shared/with-resolvers.ts";
import { type DeltapipeError, RetryLaterError, ServiceError } from "../errors.ts";
import { LostConnection } from "../platform.ts";
import type { Closable } from "./connections.ts";
import { type GatewayMessage, readMessage } from "./messages.ts";
import type { WebSocketLike } from "./open-websocket.ts";
import { createPushedAnswer, type PushedAnswer } from "./pushed-answer.ts";

export interface Connection extends Closable {
  /** False if the connection is closed, is too old, or only finishes the answers that it has begun. */
  readonly isUsable: boolean;
  /**
   * Sends a question. Its id must not have been used on this connection before. If the signal aborts, the answer fails with the
   * signal's reason.
   */
  ask(id: number, question: string, options: AskOptions): PushedAnswer;
  /** Closes the connection. Answers that are not complete fail. */
  close(): void;
}

export interface AskOptions {
  /** In milliseconds. */
  idleTimeout: number;
  signal: AbortSignal;
  /** Whether the question has an idempotency key. Default: false. */
  hasKey?: boolean;
}

export interface ConnectionOptions {
  /** Milliseconds for which the connection stays open after the last answer. */
  keepOpen: number;
  /** In milliseconds, for an error that does not specify a delay. */
  suggestedDelay: number;
}

/** API Gateway ends a connection after two hours. No question is sent in the last 20 minutes, because an answer may take 15. */
const longestUseMs = 100 * 60_000;

export function createConnection(webSocket: WebSocketLike, options: ConnectionOptions): Connection {
  const answers = new Map<number, PushedAnswer>();
  const usableUntil = Date.now() + longestUseMs;
  let [isClosed, isRetired] = [false, false];
  let idle: ReturnType<typeof setTimeout> | undefined;

  webSocket.addEventListener("message", ({ data }) => {
    const message = readMessage(data);
    if (message?.kind === "gateway") failOldest(message);
    else if (message) answers.get(message.id as number)?.receive(message);
  });
  const { promise: closed, resolve: onClosed } = withResolvers<void>();
  webSocket.addEventListener("close", ({ code }) => end(`the connection was closed (${code})`));

  /**
   * API Gateway does not say which question failed. Questions with a part of an answer have reached the function, so the oldest
   * of the other questions is the most likely one.
   */
  function failOldest({ message }: GatewayMessage): void {
    const waiting = [...answers.values()].find(({ isBegun }) => !isBegun);
    waiting?.fail(gatewayError(message, options.suggestedDelay), "over");
  }

  const ask: Connection["ask"] = (id, question, { idleTimeout, signal, hasKey }) => {
    clearTimeout(idle);
    const answer = createPushedAnswer({
      idleTimeout,
      onEnd(ending) {
        // An answer without a key can be stopped only by closing the connection. The connection is closed later,
        // because closing it now would stop the other answers as well. An answer with a key goes on even if the
        // connection is closed.
        if (ending === "lost" || (ending === "left" && !hasKey)) isRetired = true;
        unfollow();
        answers.delete(id);
        if (answers.size === 0) rest();
      },
    });
    const unfollow = onAbort(signal, () => answer.fail(signal.reason as Error, "left"));
    answers.set(id, answer);
    webSocket.send(question);
    return answer;
  };

  function rest(): void {
    if (isRetired || isClosed || Date.now() > usableUntil) return close();
    idle = setTimeout(close, options.keepOpen);
  }

  function close(): void {
    if (isClosed) return;
    webSocket.close(1000);
    // The event `close` is not awaited, because it may never arrive.
    end("this client has closed the connection");
  }

  function end(clause: string): void {
    isClosed = true;
    onClosed();
    clearTimeout(idle);
    for (const answer of answers.values()) {
      answer.fail(new LostConnection(clause, { isAltered: false, cause: undefined }), "over");
    }
  }

  // Starts the timer, because the question for which this connection was opened may have been aborted by now.
  rest();

  return {
    get isUsable() {
      return !isClosed && !isRetired && Date.now() < usableUntil;
    },
    closed,
    ask,
    close,
  };
}

/** If API Gateway limited the rate, the function has not run, so a retry is safe. After any other message, it may have run. */
function gatewayError(message: string, retryAfterMs: number): DeltapipeError {
  if (/too many|limit exceeded/i.test(message)) {
    return new RetryLaterError(`Cannot send a question now: API Gateway answered "${message}"`, {
      status: 429,
      retryAfterMs,
    });
  }
  return new ServiceError(`Cannot get an answer: API Gateway answered "${message}"`, { status: 502 });
}
