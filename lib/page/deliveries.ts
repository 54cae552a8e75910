// The ways to send a question to the service: the Function URL, the WebSocket API and AppSync. All deliver the same lines.
import { ask } from "../client/appsync/ask.ts";
import type { Authorize } from "../client/appsync/authorization.ts";
import { openRealTime } from "../client/appsync/open-real-time.ts";
import { createConnection } from "../client/websocket/connection.ts";
import { openWebSocket } from "../client/web/open-websocket.ts";
import { send } from "../client/web/send.ts";
import { call, type PageService, readJson } from "./service.ts";

export interface Delivery {
  name: "functionUrl" | "webSocket" | "appSync";
  label: string;
  /** A sentence for the user about the effect that stopping an answer has on the function. */
  stopped: string;
  /** Resolves when a question can be sent. Aborting `signal` closes the connection, and no more of the answer arrives. */
  connect(signal: AbortSignal): Promise<Ask>;
}

/** `path` has an effect only with the Function URL. */
export type Ask = (request: unknown, path: string) => Promise<IncomingAnswer>;

export interface IncomingAnswer {
  status: number;
  /** The value of AWS's header `x-amzn-errortype`. */
  errorType: string | undefined;
  chunks: AsyncIterable<Uint8Array>;
}

/** The deliveries that the service has. The first one is the Function URL. */
export function deliveriesOf({ hasWebSocket, appSyncUrl }: PageService): Delivery[] {
  const found = [functionUrl];
  if (hasWebSocket) found.push(webSocket);
  if (appSyncUrl !== undefined) found.push(appSyncOn(new URL(appSyncUrl)));
  return found;
}

export const functionUrl: Delivery = {
  name: "functionUrl",
  label: "Function URL",
  stopped:
    "The function runs on to the end of the answer, and you pay for all of its tokens: Lambda does not tell a function that its caller has left.",
  connect: async (signal) => async (request, path) => {
    const headers = { "content-type": "application/json" };
    const response = await call(path, { method: "POST", headers, body: JSON.stringify(request), signal });
    const errorType = response.headers.get("x-amzn-errortype") ?? undefined;
    return { status: response.status, errorType, chunks: chunksOf(response) };
  },
};

/** API Gateway's limit for a frame. It is the limit for a whole question, because browsers send a message in one frame. */
const maxQuestionBytes = 32_768;
/** Milliseconds for which a connection stays open without a question: before the first one, and after an answer. */
const keepOpen = 10_000;
/** Milliseconds. Longer than the time between two pings, so an answer exceeds it only if nothing arrives any more. */
const idleTimeout = 60_000;
const suggestedDelay = 1000;
/** Browsers choose their proxies themselves. */
const dispatcher = undefined;

const webSocket: Delivery = {
  name: "webSocket",
  label: "WebSocket",
  stopped:
    "The connection is closed, and the function ends the answer as soon as it fails to deliver a message.",
  async connect(signal) {
    const { url } = (await readJson("/~/websocket-url", { signal })) as { url: string };
    const opened = await openWebSocket(new URL(url), {
      dispatcher,
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

/**
 * Milliseconds until the first message has to arrive. Before it, the invocation may wait a minute in Lambda's queue, and then 180
 * seconds for Bedrock.
 */
const firstByteTimeout = 250_000;

function appSyncOn(url: URL): Delivery {
  // The page's server needs only the body to know which request it has to sign. It is sent neither the URL nor the headers.
  const authorize: Authorize = async (_url, body) =>
    (await readJson("/~/appsync-headers", { method: "POST", body })) as Record<string, string>;
  return {
    name: "appSync",
    label: "AppSync",
    stopped:
      "The subscription ends, but the function runs on to the end of the answer, and you pay for all of its tokens: AppSync does not tell a function that nobody is subscribed.",
    async connect(signal) {
      const limits = { dispatcher, firstByteTimeout, idleTimeout, suggestedDelay, signal };
      const connection = await openRealTime(url, { ...limits, open: openWebSocket, authorize, keepOpen });
      signal.addEventListener("abort", () => connection.close());
      return async (request) => {
        const outgoing = {
          ...limits,
          method: "POST" as const,
          url,
          headers: {},
          body: JSON.stringify(request),
        };
        const { status, body } = await ask(connection, outgoing, { url, authorize, send });
        return { status, errorType: undefined, chunks: body };
      };
    },
  };
}

/** Uses a reader, because not every browser can iterate over a body. */
async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body!.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}
