// The two ways to send a question to the service: the Function URL and the WebSocket API. Both deliver the same lines.
import { createConnection } from "../client/websocket/connection.ts";
import { openWebSocket } from "../client/web/open-websocket.ts";
import { call } from "./service.ts";

export interface Delivery {
  label: string;
  /** A sentence for the user about the effect that stopping an answer has on the function. */
  stopped: string;
  /** Resolves when a question can be sent. Aborting `signal` ends the connection and the answer. */
  connect(signal: AbortSignal): Promise<Ask>;
}

/** `path` has an effect with the Function URL only. */
export type Ask = (request: unknown, path: string) => Promise<IncomingAnswer>;

export interface IncomingAnswer {
  status: number;
  /** The value of AWS's header `x-amzn-errortype`. */
  errorType: string | undefined;
  chunks: AsyncIterable<Uint8Array>;
}

export const functionUrl: Delivery = {
  label: "Function URL",
  stopped:
    "The function runs on to the end of the answer, and its tokens are paid for: Lambda does not tell a function that its caller has left.",
  connect: async (signal) => async (request, path) => {
    const headers = { "content-type": "application/json" };
    const response = await call(path, { method: "POST", headers, body: JSON.stringify(request), signal });
    const errorType = response.headers.get("x-amzn-errortype") ?? undefined;
    return { status: response.status, errorType, chunks: chunksOf(response) };
  },
};

/** API Gateway's limit for a frame. It is the limit for a whole question, because browsers send a message in one frame. */
const maxQuestionBytes = 32_768;
/** Milliseconds. Longer than the time between two pings, so only an answer that no longer arrives exceeds it. */
const idleTimeout = 60_000;
/** Milliseconds for which a connection stays open without a question: before the first one, and after an answer. */
const keepOpen = 10_000;

export const webSocket: Delivery = {
  label: "WebSocket",
  stopped:
    "The connection is closed, and the function ends the answer with the next message that it cannot deliver.",
  async connect(signal) {
    const response = await call("/~/websocket-url", { signal });
    const { url } = (await response.json()) as { url: string };
    const suggestedDelay = 1000;
    const opened = await openWebSocket(new URL(url), {
      dispatcher: undefined,
      permission: "execute-api:Invoke for $connect",
      firstByteTimeout: idleTimeout,
      suggestedDelay,
      signal,
    });
    // Each answer has its own connection, because stopping an answer closes the connection.
    const connection = createConnection(opened, { keepOpen, suggestedDelay });
    signal.addEventListener("abort", () => connection.close());
    return async (request) => {
      const question = JSON.stringify({ id: 1, ...(request as object) });
      const { length } = new TextEncoder().encode(question);
      if (length > maxQuestionBytes) {
        const limit = `the question has ${length} bytes, and API Gateway takes ${maxQuestionBytes}`;
        throw new Error(`Cannot ask over a WebSocket: ${limit}; use the Function URL`);
      }
      const { status, body } = await connection.ask(1, question, { idleTimeout, signal }).response;
      return { status, errorType: undefined, chunks: body };
    };
  },
};

/** Uses a reader, because not every browser can iterate over a body. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body!.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}
