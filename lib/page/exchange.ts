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
/** The longest time for which reading lines may keep the browser from drawing and from reacting to the user, in milliseconds. */
const longestTaskMs = 10;

/** Never rejects: if no connection can be opened, the returned function rejects with the reason. */
export async function connect(delivery: Delivery, signal: AbortSignal): Promise<Ask> {
  try {
    return await delivery.connect(signal);
  } catch (error) {
    return () => Promise.reject(error);
  }
}

/** Resolves when the answer has ended, and never rejects. `recording.ending` then describes how the answer ended or failed. */
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
    // All lines of a chunk arrived together, so they get the same time, however long it takes to read them.
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

/** Uses a message rather than a timer, because browsers slow down the timers of a page in the background. */
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
