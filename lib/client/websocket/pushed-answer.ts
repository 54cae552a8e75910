// One answer that arrives in messages, in the form of a response: its status and its body.
import { type IncomingResponse, LostConnection, type ResponseBody } from "../platform.ts";
import type { AnswerMessage } from "./messages.ts";

export interface PushedAnswer {
  /** Resolves with the first message. Rejects with {@link LostConnection}, or with the error that `fail` was called with. */
  readonly response: Promise<IncomingResponse>;
  /** Whether a message has arrived. */
  readonly isBegun: boolean;
  /** Accepts messages in any order, and ignores repeated ones. */
  receive(message: AnswerMessage): void;
  /** Ends the answer with an error, unless it has ended. */
  fail(error: Error, ending: Ending): void;
}

/**
 * Why no more messages of an answer are expected.
 *
 * - `over`: the service sends none.
 * - `left`: nobody wants them, but the service may be sending them.
 * - `lost`: they do not arrive, although the service may be sending them.
 */
export type Ending = "over" | "left" | "lost";

export interface AnswerOptions {
  /** In milliseconds, between two messages. Time during which nobody waits for a message does not count. */
  idleTimeout: number;
  /** Called once: when the answer is complete, has failed, or was abandoned by its reader. */
  onEnd: (ending: Ending) => void;
}

/** Milliseconds until a message that was overtaken by a later one counts as lost. */
const overtakenMs = 2000;

export function createPushedAnswer({ idleTimeout, onEnd }: AnswerOptions): PushedAnswer {
  const encoder = new TextEncoder();
  const chunks: Uint8Array[] = [];
  /** Messages that have overtaken others. */
  const early = new Map<number, AnswerMessage>();
  let [run, next]: [string | undefined, number] = [undefined, 0];
  let isOver = false;
  let failure: Error | undefined;
  let onChange = (): void => undefined;
  let gap: ReturnType<typeof setTimeout> | undefined;
  let resolve: (response: IncomingResponse) => void;
  let reject: (error: Error) => void;
  const response = new Promise<IncomingResponse>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  // Without this handler, the rejection would be unhandled if nobody is waiting for the response any more.
  response.catch(() => undefined);

  function receive(message: AnswerMessage): void {
    run ??= message.run;
    // A different `run` means that the same request was started a second time. A `seq` below `next` means that we already
    // have this message.
    if (message.run !== run || message.seq < next || isOver) return;
    early.set(message.seq, message);
    for (let ready = early.get(next); ready; ready = early.get(next)) take(ready);
    clearTimeout(gap);
    if (early.size > 0) gap = setTimeout(lose, overtakenMs, "a message of the answer is missing");
  }

  function take(message: AnswerMessage): void {
    early.delete(next++);
    chunks.push(encoder.encode(message.text));
    if (message.seq === 0) resolve(responseTo(message, body));
    if (message.isLast) end("over");
    onChange();
  }

  function fail(error: Error, ending: Ending): void {
    if (isOver) return;
    failure = error;
    reject(error);
    end(ending);
    onChange();
  }

  function lose(clause: string): void {
    fail(new LostConnection(clause, { isAltered: false, cause: undefined }), "lost");
  }

  function end(ending: Ending): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(gap);
    early.clear();
    onEnd(ending);
  }

  async function read(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = chunks.shift();
    if (chunk) return { done: false, value: chunk };
    if (failure) throw failure;
    if (isOver) return { done: true, value: undefined };
    await new Promise<void>((changed) => {
      // Runs only while somebody waits, so a slow reader does not cause a timeout.
      const timer = setTimeout(lose, idleTimeout, "the stream was silent for longer than idleTimeout");
      onChange = () => {
        clearTimeout(timer);
        changed();
      };
    });
    return read();
  }

  const body: ResponseBody = {
    [Symbol.asyncIterator]: () => ({ next: read }),
    destroy: () => end("left"),
    // Nothing remains to be done, because the last line has already ended the answer.
    finish: () => undefined,
  };

  return {
    response,
    get isBegun() {
      return run !== undefined;
    },
    receive,
    fail,
  };
}

/** The response that a Function URL would send instead of the messages. */
function responseTo({ status, retryAfter, isJson }: AnswerMessage, body: ResponseBody): IncomingResponse {
  const headers = {
    "content-type": isJson ? "application/json" : "application/x-ndjson",
    ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
  };
  return { status, headers, body };
}
