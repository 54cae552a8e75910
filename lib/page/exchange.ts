// Sends a request and records the lines of its answer as they arrive.
import type { Line } from "../wire.ts";
import { createLineDecoder } from "../client/ndjson.ts";
import type { Ask, Delivery, IncomingAnswer } from "./deliveries.ts";
import { endingAfter, endingOfFailure, endingOfResponse } from "./ending.ts";
import type { Recording } from "./recording.ts";
import { parse } from "./service.ts";

export interface ExchangeOptions {
  signal: AbortSignal;
  /** Default: `/`. */
  path?: string;
  /** Milliseconds that the reader waits after each chunk. Default: 0. */
  pauseMs?: number;
  onLine: (line: Line) => void;
}

const maxLineLength = 64 * 1024 * 1024;
/** The longest time in milliseconds without a chance for the browser to draw and to react to the user. */
const longestTaskMs = 10;

/** If no connection can be opened, the returned function fails with the reason. */
export async function connect(delivery: Delivery, signal: AbortSignal): Promise<Ask> {
  try {
    return await delivery.connect(signal);
  } catch (error) {
    return () => Promise.reject(error);
  }
}

/** Resolves when the answer has ended, however it did. `recording.ending` then says how. */
export async function runExchange(
  delivery: Delivery,
  ask: Ask,
  recording: Recording,
  request: unknown,
  { signal, path = "/", pauseMs = 0, onLine }: ExchangeOptions,
): Promise<void> {
  try {
    signal.throwIfAborted();
    const answer = await ask(request, path);
    if (answer.status !== 200) {
      const text = await textOf(answer);
      recording.add(text.trimEnd(), parse(text));
      return recording.end(endingOfResponse(answer, text));
    }
    recording.end(endingAfter(await readLines(answer, recording, { pauseMs, onLine })));
  } catch (error) {
    const stopped = { kind: "stopped", title: "Stopped", detail: delivery.stopped } as const;
    recording.end(signal.aborted ? stopped : endingOfFailure(error, recording.length > 0));
  }
}

async function textOf({ chunks }: IncomingAnswer): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text;
}

/** Resolves with the last line. */
async function readLines(
  { chunks }: IncomingAnswer,
  recording: Recording,
  { pauseMs, onLine }: { pauseMs: number; onLine: (line: Line) => void },
): Promise<Line | undefined> {
  const decoder = createLineDecoder(maxLineLength);
  let last: Line | undefined;
  let taskStartedAt = performance.now();
  for await (const chunk of chunks) {
    // All lines of a chunk have arrived together, however long it takes to read them.
    const arrivedAt = performance.now();
    for (const { text, line } of decoder.push(chunk)) {
      if (line === undefined) continue;
      recording.add(text, line, arrivedAt);
      onLine(line);
      last = line;
      if (performance.now() - taskStartedAt < longestTaskMs) continue;
      await nextTask();
      taskStartedAt = performance.now();
    }
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return last;
}

/** Timers would be slowed down in a page that nobody looks at, and the answer with them. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}
