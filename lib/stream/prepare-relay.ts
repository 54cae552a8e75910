// Prepares the code that handles Bedrock's events, while the first request of a process waits for its first event.
import { Readable } from "node:stream";
import { encodeFrame } from "./events/frame-encoder.ts";
import { LineBuffer } from "./lines/line-buffer.ts";
import type { RelayOptions } from "./sink.ts";

type Relay = (connect: () => Promise<Readable>, options: RelayOptions) => Promise<unknown>;

/** Milliseconds. The request has been sent by then, and models take longer to begin. */
const waitMs = 10;
let isPrepared = false;

/**
 * Relays a short answer to nowhere, once in a process. This loads zlib and WebAssembly and makes V8 compile the code, so that the
 * first delta does not wait for this, which takes some milliseconds.
 */
export function prepareRelay(relay: Relay, options: RelayOptions): void {
  if (isPrepared) return;
  isPrepared = true;
  const sink = { open: () => undefined, write: () => true, onTaken: () => undefined };
  const prepare = () => {
    const own = { ...options, sink, writer: new LineBuffer("ndjson"), deadlineAt: Infinity };
    return relay(async () => Readable.from(sampleAnswer()), own);
  };
  // It fails only if a time limit of the settings is too short for it. The first delta is then slower, but still correct.
  setTimeout(() => void prepare().catch(() => undefined), waitMs).unref();
}

/** Bedrock's events of a short answer. */
export function* sampleAnswer(): Generator<Buffer> {
  const delta = encodeFrame("event", "contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"x"}}`);
  yield encodeFrame("event", "messageStart", `{"role":"assistant"}`);
  yield delta;
  yield Buffer.concat([delta, delta]);
  yield encodeFrame("event", "contentBlockStop", `{"contentBlockIndex":0}`);
  yield encodeFrame("event", "messageStop", `{"stopReason":"end_turn"}`);
  yield encodeFrame("event", "metadata", `{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}`);
}
