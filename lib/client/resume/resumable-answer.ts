// An answer that survives lost connections: asks for the lines that are missing until the answer has ended.
import type { WireError } from "../../wire.ts";
import { RequestError } from "../errors.ts";
import type { ReceivedLine } from "../ndjson.ts";
import { LostConnection } from "../platform.ts";
import type { RetryPolicy } from "../retry.ts";
import type { OpenedStream } from "../transport.ts";
import { type CancelAnswer, cancelUnwanted, settledSoon } from "./cancel-answer.ts";
import { sleep } from "./sleep.ts";
import { createRetries } from "./retries.ts";

export interface ResumableRequest {
  /** The request as the text of a JSON object, without the next two members. */
  body: string;
  /** Default: a new UUID. */
  idempotencyKey: string | undefined;
  /** The number of lines that the caller already has. Default: 0. */
  fromLine: number | undefined;
  policy: RetryPolicy;
  /** Milliseconds without a new line after which the client stops trying to restore a lost connection. */
  resumeTimeout: number;
  /** In milliseconds, for the response's headers. */
  firstByteTimeout: number;
  /** Aborts if the caller does not want the answer any more. */
  signal: AbortSignal;
  ask: Ask;
  cancel: CancelAnswer;
}

/** Sends a request. `isWhole`: whether it asks for the answer from the first line on. */
export type Ask = (
  body: string,
  isWhole: boolean,
  limits?: Pick<ResumableRequest, "firstByteTimeout" | "policy">,
) => Promise<OpenedStream>;

/**
 * The most milliseconds that the service may take to send the next line of an answer that has begun. Even while the
 * model thinks, the service sends a `ping` every 10 s. A connection that was open when the network changed may stay
 * silent for much longer.
 */
const longestSilenceMs = 30_000;

/**
 * Resolves when the answer has begun. Its lines fail with {@link LostConnection} if it cannot be resumed. Rejects with a
 * `DeltapipeError`, or with the signal's reason.
 */
export async function openResumable(request: ResumableRequest): Promise<OpenedStream> {
  const { idempotencyKey = crypto.randomUUID(), fromLine = 0, signal } = request;
  const policy = { ...request.policy, limit: 0 };
  const retries = createRetries(request, fromLine > 0);
  /** The number of lines that have arrived, and the id of the request that called Bedrock. */
  let [lines, requestId]: [number, string | undefined] = [fromLine, undefined];
  let cancelling: Promise<void> | undefined;
  signal.throwIfAborted();
  signal.addEventListener("abort", () => {
    cancelling = cancelUnwanted(request.cancel, idempotencyKey, lines === 0);
  });

  async function connect(): Promise<OpenedStream> {
    for (;;) {
      const limit = lines > 0 ? Math.min(longestSilenceMs, retries.left()) : Infinity;
      const firstByteTimeout = Math.min(request.firstByteTimeout, limit);
      try {
        return await request.ask(bodyFrom(lines), lines === 0, { firstByteTimeout, policy });
      } catch (error) {
        await waitAfter(error);
      }
    }
  }

  /** Waits before the next attempt. If there is to be no further attempt, throws the error for the caller. */
  async function waitAfter(error: unknown): Promise<void> {
    signal.throwIfAborted();
    await sleep(retries.delayAfter(error), signal);
    signal.throwIfAborted();
  }

  function bodyFrom(line: number): string {
    const members = JSON.stringify({ idempotencyKey, fromLine: line || undefined });
    return request.body === "{}" ? members : `${members.slice(0, -1)},${request.body.slice(1)}`;
  }

  async function* resume(first: OpenedStream): AsyncGenerator<ReceivedLine, void, undefined> {
    let isLeft = true;
    try {
      for (let opened = first; ; opened = await connect()) {
        try {
          for await (const received of opened.lines) {
            check(received);
            yield received;
            if (isLast(received)) return;
          }
          throw lost("the stream ended before its last line");
        } catch (error) {
          await waitAfter(error);
        }
      }
    } catch (error) {
      isLeft = false;
      throw error;
    } finally {
      // The caller has left the loop, and may end the program now.
      if (isLeft && cancelling) await settledSoon(cancelling);
    }
  }

  /**
   * Counts the line. Throws if the line is an error that concerns only this connection: the invocation that reads the
   * kept answer has failed, not the answer itself.
   */
  function check({ line }: ReceivedLine): void {
    if (line?.type === "start") ({ requestId } = line);
    if (line?.type === "error" && isOfReader(line.error)) throw errorOf(line.error);
    lines++;
    retries.reset();
  }

  /**
   * Whether the error is one of the invocation that reads the kept answer. False for a line without the service's error object.
   */
  function isOfReader(error: Partial<WireError> | undefined): error is WireError {
    const id = error?.requestId;
    return requestId === undefined || id === undefined
      ? error?.name === "AnswerStoreUnavailable"
      : requestId !== id;
  }

  return { lines: resume(await connect()), contentLength: undefined };
}

function isLast({ line }: ReceivedLine): boolean {
  return line?.type === "end" || line?.type === "error";
}

function errorOf({ name, message, requestId }: WireError): Error {
  const clause = `the service sent ${name}: ${message}`;
  return name === "AnswerNotFound" ? new RequestError(clause, { code: name, requestId }) : lost(clause);
}

function lost(clause: string): LostConnection {
  return new LostConnection(clause, { isAltered: false, cause: undefined });
}
