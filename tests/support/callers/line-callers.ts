// One caller for each delivery of a local stack: the Function URL, a WebSocket and the GraphQL API. All have the same interface:
// they send a request, read lines, and can disconnect in the middle of an answer.
import { createSignedFetch } from "../../../lib/signer/index.ts";
import type { Stack } from "../../../lib/local/stack.ts";
import type { Line } from "../../../lib/wire.ts";
import { waitFor } from "../deadline.ts";
import { linesOf, type PushedMessage } from "../push/pushed-lines.ts";
import { caller } from "../servers/local-stack.ts";
import { openConversation } from "./appsync-answer.ts";
import { openWebSocket, presigned } from "./websocket-caller.ts";

type Ask = (stack: Stack, body: object, by?: typeof caller) => Promise<LineAnswer>;

export type DeliveryName = "the Function URL" | "a WebSocket" | "the GraphQL API";

class LineAnswer {
  /** The lines so far, without newlines. */
  lines: string[] = [];
  readonly #next: () => Promise<string[] | undefined>;
  /** Closes the connection. */
  readonly leave: () => void;

  /** `next` resolves with all lines so far after each piece of the answer, and with undefined after the end. */
  constructor(next: () => Promise<string[] | undefined>, leave: () => void) {
    this.#next = next;
    this.leave = leave;
  }

  /** Resolves with the first `count` lines, or with all lines if the answer has fewer. */
  async read(count: number): Promise<string[]> {
    while (this.lines.length < count) {
      const lines = await waitFor(`line ${count}`, this.#next());
      if (!lines) break;
      this.lines = lines;
    }
    return this.lines.slice(0, count);
  }

  rest(): Promise<string[]> {
    return this.read(Infinity);
  }

  /** Resolves with the last line. */
  async last(): Promise<Line> {
    return JSON.parse((await this.rest()).at(-1)!) as Line;
  }
}

export const deliveries: Record<DeliveryName, Ask> = {
  async "the Function URL"(stack, body, by = caller) {
    const signedFetch = createSignedFetch({ credentials: by, region: "us-east-1", service: "lambda" });
    const abort = new AbortController();
    const init = { method: "POST", body: JSON.stringify(body), signal: abort.signal };
    // The response's head comes with the first line, so the response is not awaited here.
    const reading = signedFetch(stack.url, init).then(({ body: lines }) => lines!.getReader());
    // If the caller disconnects before the first line, this promise rejects and nobody awaits it.
    reading.catch(() => undefined);
    let bytes = Buffer.alloc(0);
    let isOver = false;
    async function next(): Promise<string[] | undefined> {
      if (isOver) return undefined;
      const { done, value } = await (await reading).read();
      isOver = done;
      if (value) bytes = Buffer.concat([bytes, value]);
      const lines = bytes.toString().split("\n");
      const rest = lines.pop()!;
      // An error response that the Function URL makes itself has no newline at its end.
      return done && rest !== "" ? [...lines, rest] : lines;
    }
    return new LineAnswer(next, () => abort.abort());
  },

  async "a WebSocket"(stack, body, by) {
    const { webSocketUrl } = stack;
    const signedUrl = await presigned(webSocketUrl, by);
    const { webSocket, send, nextText } = await openWebSocket({ webSocketUrl, signedUrl });
    send(body);
    return new LineAnswer(collect(nextText), () => webSocket.terminate());
  },

  async "the GraphQL API"(stack, body, by = caller) {
    const { start, nextText, realTime } = await openConversation(stack, { by });
    const { body: started } = await start(body);
    if (started.errors) throw new Error(`Cannot start: ${JSON.stringify(started.errors)}`);
    return new LineAnswer(collect(nextText), () => realTime.webSocket.terminate());
  },
};

/** Collects the lines of messages, up to the answer's last line. A reply to an action is a single message. */
function collect(nextText: () => Promise<string>): () => Promise<string[] | undefined> {
  const texts: string[] = [];
  let isOver = false;
  return async () => {
    if (isOver) return undefined;
    texts.push(await nextText());
    const { action, lines } = JSON.parse(texts.at(-1)!) as PushedMessage;
    const last = lines?.at(-1)?.type;
    isOver = action !== undefined || last === "end" || last === "error";
    return linesOf(texts);
  };
}
