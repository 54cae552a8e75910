// Sends one response in batches, no faster than the client reads it, and notices when the client disconnects.
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { PlainResponse } from "./script.ts";

const batchBytes = 64 * 1024;

/** The common part of Node's HTTP/1.1 and HTTP/2 responses. */
export interface HttpResponse {
  readonly headersSent: boolean;
  readonly socket: Socket | null;
  writeHead(status: number, headers: Record<string, string>): unknown;
  /** Only HTTP/1.1 has this method. HTTP/2 sends headers at once. */
  flushHeaders?(): void;
  write(bytes: Uint8Array, written: () => void): boolean;
  end(body: string): unknown;
  once(event: "close", listener: () => void): unknown;
}

export interface BatchedResponse {
  /** `ended`: this server has ended or cut the response. `disconnected`: the client closed the connection before that. */
  readonly state: "open" | "ended" | "disconnected";
  readonly headersSent: boolean;
  /** Aborted when the client disconnects before the end. */
  readonly disconnected: AbortSignal;
  /** Sends the status 200 and the headers of an event stream, unless headers were already sent. */
  accept(): void;
  /** Sends a complete response that is not an event stream. */
  respond(response: PlainResponse): void;
  /** Adds a frame to the batch. Returns true if the batch is full and should be flushed. */
  add(bytes: Uint8Array): boolean;
  /** Resolves when the socket has accepted the batch. */
  flush(): Promise<void>;
  /** Resolves when `start` calls `done`, or when the client disconnects. */
  wait(start: (done: () => void) => void): Promise<void>;
  /** Closes the connection without ending the response. */
  cut(): void;
  /** Ends the response properly. */
  end(): void;
}

export function createBatchedResponse(
  httpResponse: HttpResponse,
  onBytes: (count: number) => void,
): BatchedResponse {
  let state: BatchedResponse["state"] = "open";
  let wake = () => {};
  let batch: Uint8Array[] = [];
  let batched = 0;
  const disconnection = new AbortController();
  const requestId = { "x-amzn-requestid": randomUUID() };
  httpResponse.once("close", () => {
    if (state === "open") {
      state = "disconnected";
      disconnection.abort();
    }
    wake();
  });

  function accept(): void {
    if (httpResponse.headersSent || state !== "open") return;
    httpResponse.writeHead(200, { "content-type": "application/vnd.amazon.eventstream", ...requestId });
    httpResponse.flushHeaders?.();
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
    // A fast socket calls back before the next turn of the event loop, so without `setImmediate` a flood of frames would
    // block everything else.
    await wait((done) => httpResponse.write(bytes, () => setImmediate(done)));
  }

  return {
    get state() {
      return state;
    },
    get headersSent() {
      return httpResponse.headersSent;
    },
    disconnected: disconnection.signal,
    accept,
    wait,
    flush,
    respond({ status, headers, body }) {
      if (state !== "open") return;
      state = "ended";
      onBytes(Buffer.byteLength(body));
      httpResponse.writeHead(status, { ...headers, ...requestId });
      httpResponse.end(body);
    },
    add(bytes) {
      batched += bytes.length;
      batch.push(bytes);
      return batched >= batchBytes;
    },
    cut() {
      if (state !== "open") return;
      state = "ended";
      // On HTTP/2, `destroy()` would end the stream as if the response were complete. `destroySoon()` closes the connection.
      httpResponse.socket?.destroySoon();
    },
    end() {
      if (state !== "open") return;
      accept();
      state = "ended";
      httpResponse.end("");
    },
  };
}
