// One stream through the relay, into a sink that records the writes and can refuse to take more.
import { PassThrough, type Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { writerFor } from "../../../lib/http/answer-writer.ts";
import type { Format } from "../../../lib/stream/answer-format.ts";
import type { Times } from "../../../lib/stream/settings/configuration.ts";
import type { Outcome, Sink } from "../../../lib/stream/sink.ts";
import { relay } from "../../../lib/stream/relay.ts";
import { generousSeconds, waitFor } from "../deadline.ts";

/** Records all writes. The test decides whether the caller takes them. */
class RecordingSink implements Sink {
  opened = 0;
  writes: Buffer[] = [];
  takes = true;
  #onTaken = (_all: boolean): void => undefined;
  #onWrite = (): void => undefined;

  open(): void {
    this.opened++;
  }

  write(bytes: Buffer): boolean {
    this.writes.push(bytes);
    this.#onWrite();
    return this.takes;
  }

  onTaken(listener: (all: boolean) => void): void {
    this.#onTaken = listener;
  }

  /** Simulates a caller that has taken a part of the last write. */
  takePart(): void {
    this.#onTaken(false);
  }

  drain(): void {
    this.takes = true;
    this.#onTaken(true);
  }

  get lines(): { type: string; [more: string]: unknown }[] {
    const text = Buffer.concat(this.writes).toString();
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  get types(): string[] {
    return this.lines.map(({ type }) => type);
  }

  /** The name of the error in the last line. Undefined if the last line is not an error. */
  get lastError(): string | undefined {
    return (this.lines.at(-1) as { error?: { name: string } }).error?.name;
  }

  async until(label: string, condition: (sink: RecordingSink) => boolean): Promise<void> {
    const holds = new Promise<void>((resolve) => {
      this.#onWrite = () => condition(this) && resolve();
      this.#onWrite();
    });
    await waitFor(label, holds);
  }
}

/** The default of all timeouts: too long to be reached. */
const longMs = generousSeconds * 1000;
export const times: Times = {
  connect: longMs,
  firstByte: longMs,
  stall: longMs,
  ping: longMs,
  deadlineMargin: 100,
  callerStall: longMs,
  pushInterval: 0,
};

export type Changes = Partial<Times> & { deadlineMs?: number; format?: Format };

/** Starts a relay with an upstream that the test writes to. */
export function startRelay(changes: Changes = {}) {
  const upstream = new PassThrough();
  onTestFinished(() => void upstream.destroy());
  return { upstream, ...connectRelay(() => Promise.resolve(upstream), changes) };
}

/** Starts a relay with a connection that the test provides. */
export function connectRelay(connect: (signal: AbortSignal) => Promise<Readable>, changes: Changes = {}) {
  const sink = new RecordingSink();
  const { format = "ndjson" } = changes;
  const startedAt = performance.now();
  const outcome: Promise<Outcome> = relay(connect, {
    sink,
    writer: writerFor(format),
    requestId: "id-1",
    model: "fast",
    times: { ...times, ...changes },
    startedAt,
    deadlineAt: startedAt + (changes.deadlineMs ?? longMs),
  });
  // The test handles a rejection later. Until then, Node must not report it as unhandled.
  outcome.catch(() => undefined);
  return { sink, outcome: waitFor("The end of the relay", outcome) };
}
