// The ways in which a question reaches the service and the answer comes back, each with the same lines.
import { createConnection } from "../client/websocket/connection.ts";
import { openWebSocket } from "../client/web/open-websocket.ts";
import { call } from "./service.ts";

export interface Delivery {
  label: string;
  /** What stopping an answer does to the function, as a sentence. */
  stopped: string;
  /** Resolves when a question can be sent. The signal ends the connection and the answer. */
  connect(signal: AbortSignal): Promise<Ask>;
}

/** `path` matters to the Function URL only. */
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

/** API Gateway's limit for a frame, in which browsers send a whole message. */
const maxQuestionBytes = 32_768;
/** The longest silences of an answer that goes on are those between two pings. Milliseconds. */
const idleTimeout = 60_000;
/** Milliseconds for which a connection waits for its question, and is kept after the answer. */
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
    // Each answer has a connection of its own, so that stopping one stops no other.
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

/** Not every browser can iterate over the body itself. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body!.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}
