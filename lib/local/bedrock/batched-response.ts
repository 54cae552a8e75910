// Sends one answer to one client: in batches, no faster than it is read, and aware of a client that has left.
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { PlainResponse } from "./script.ts";

const batchBytes = 64 * 1024;

/** What the responses of HTTP/1.1 and HTTP/2 have in common. */
export interface HttpResponse {
  readonly headersSent: boolean;
  readonly socket: Socket | null;
  writeHead(status: number, headers: Record<string, string>): unknown;
  /** HTTP/2 sends headers without being told. */
  flushHeaders?(): void;
  write(bytes: Uint8Array, written: () => void): boolean;
  end(body: string): unknown;
  once(event: "close", listener: () => void): unknown;
}

export interface BatchedResponse {
  /** `ended`: by us. `disconnected`: the client closed the connection before that. */
  readonly state: "open" | "ended" | "disconnected";
  readonly headersSent: boolean;
  /** Sends Bedrock's 200 and its headers, unless they have gone out. */
  accept(): void;
  respond(response: PlainResponse): void;
  /** Adds a frame to the batch. True: the batch is full, time to flush. */
  add(bytes: Uint8Array): boolean;
  /** Resolves when the client's side has taken the batch. */
  flush(): Promise<void>;
  /** Resolves when `start` calls `done`, or when the client has left. */
  wait(start: (done: () => void) => void): Promise<void>;
  cut(): void;
  end(): void;
}

export function createBatchedResponse(
  reply: HttpResponse,
  onBytes: (count: number) => void,
): BatchedResponse {
  let state: BatchedResponse["state"] = "open";
  let wake = () => {};
  let batch: Uint8Array[] = [];
  let batched = 0;
  const requestId = { "x-amzn-requestid": randomUUID() };
  reply.once("close", () => {
    if (state === "open") state = "disconnected";
    wake();
  });

  function accept(): void {
    if (reply.headersSent || state !== "open") return;
    reply.writeHead(200, { "content-type": "application/vnd.amazon.eventstream", ...requestId });
    reply.flushHeaders?.();
  }

  function wait(start: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      if (state !== "open") return resolve();
      wake = resolve;
      start(resolve);
    });
  }

  async function flush(): Promise<void> {
    if (batched === 0) return;
    accept();
    const bytes = Buffer.concat(batch, batched);
    batch = [];
    batched = 0;
    onBytes(bytes.length);
    // A socket that takes everything at once calls back before the event loop turns: without `setImmediate` a flood
    // would let nothing else run.
    await wait((done) => reply.write(bytes, () => setImmediate(done)));
  }

  return {
    get state() {
      return state;
    },
    get headersSent() {
      return reply.headersSent;
    },
    accept,
    wait,
    flush,
    respond({ status, headers, body }) {
      if (state !== "open") return;
      state = "ended";
      onBytes(Buffer.byteLength(body));
      reply.writeHead(status, { ...headers, ...requestId });
      reply.end(body);
    },
    add(bytes) {
      batched += bytes.length;
      batch.push(bytes);
      return batched >= batchBytes;
    },
    cut() {
      if (state !== "open") return;
      state = "ended";
      // `destroy()` would end an HTTP/2 session politely, as if the answer were whole; this closes the bare connection.
      reply.socket?.destroySoon();
    },
    end() {
      if (state !== "open") return;
      accept();
      state = "ended";
      reply.end("");
    },
  };
}
