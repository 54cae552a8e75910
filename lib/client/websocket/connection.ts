// One open connection: sends questions, and passes each message to the answer that it belongs to.
import { onAbort } from "../../shared/abort.ts";
import { withResolvers } from "../../shared/with-resolvers.ts";
import { type DeltapipeError, RetryLaterError, ServiceError } from "../errors.ts";
import { LostConnection } from "../platform.ts";
import type { Closable } from "./connections.ts";
import { type GatewayMessage, readMessage } from "./messages.ts";
import type { WebSocketLike } from "./open-websocket.ts";
import { createPushedAnswer, type PushedAnswer } from "./pushed-answer.ts";

export interface Connection extends Closable {
  /** It is false once the connection is closed, old, or only finishes its answers. */
  readonly isUsable: boolean;
  /** Sends a question, whose id must not have been used on this connection before. Its answer fails with the signal's reason. */
  ask(id: number, question: string, options: { idleTimeout: number; signal: AbortSignal }): PushedAnswer;
  /** Answers that are not complete fail. */
  close(): void;
}

export interface ConnectionOptions {
  /** Milliseconds after the last answer for which the connection is kept. */
  keepOpen: number;
  /** In milliseconds, for an error that does not specify a delay. */
  suggestedDelay: number;
}

/** API Gateway ends a connection after two hours, and the longest answer takes a quarter of an hour. */
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

  /** A question that has been answered in part has reached the function. Of the others, the first one fails first. */
  function failOldest({ message }: GatewayMessage): void {
    const waiting = [...answers.values()].find(({ isBegun }) => !isBegun);
    waiting?.fail(gatewayError(message, options.suggestedDelay), { mayGoOn: false });
  }

  const ask: Connection["ask"] = (id, question, { idleTimeout, signal }) => {
    clearTimeout(idle);
    const answer = createPushedAnswer({
      idleTimeout,
      onEnd({ mayGoOn }) {
        // Closing the connection is the only way to stop an answer, and it would stop the others as well.
        if (mayGoOn) isRetired = true;
        unfollow();
        answers.delete(id);
        if (answers.size === 0) rest();
      },
    });
    const unfollow = onAbort(signal, () => answer.fail(signal.reason as Error, { mayGoOn: true }));
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
    // The other side may never answer.
    end("this client has closed the connection");
  }

  function end(clause: string): void {
    isClosed = true;
    onClosed();
    clearTimeout(idle);
    for (const answer of answers.values()) {
      answer.fail(new LostConnection(clause, { isAltered: false, cause: undefined }), { mayGoOn: false });
    }
  }

  // The question for which it was opened may have been aborted meanwhile.
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

/** The function has not run if API Gateway limits the rate. Otherwise it may have. */
function gatewayError(message: string, retryAfterMs: number): DeltapipeError {
  if (/too many|limit exceeded/i.test(message)) {
    return new RetryLaterError(`Cannot ask now: API Gateway answered "${message}"`, {
      status: 429,
      retryAfterMs,
    });
  }
  return new ServiceError(`Cannot get an answer: API Gateway answered "${message}"`, { status: 502 });
}
