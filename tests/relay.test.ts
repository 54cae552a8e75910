// One stream through the relay: its lines, its time limits, its last line.
import { PassThrough, Readable } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import type { Times } from "../lib/stream/configuration.ts";
import { ConverseError } from "../lib/stream/errors.ts";
import { relay } from "../lib/stream/relay.ts";
import type { Sink } from "../lib/stream/delivery.ts";
import { exceptionFrame, frame, recordedAnswer } from "./support/aws-frames.ts";
import { within } from "./support/deadline.ts";

/** A sink that keeps what it is given, and takes it or not as the test says. */
class KeepingSink implements Sink {
  opened = 0;
  writes: Buffer[] = [];
  takes = true;
  #drain = (): void => undefined;
  #onWrite = (): void => undefined;

  open(): void {
    this.opened++;
  }

  write(bytes: Buffer): boolean {
    this.writes.push(bytes);
    this.#onWrite();
    return this.takes;
  }

  onDrain(listener: () => void): void {
    this.#drain = listener;
  }

  drain(): void {
    this.takes = true;
    this.#drain();
  }

  get lines(): { type: string; [more: string]: unknown }[] {
    const text = Buffer.concat(this.writes).toString();
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  async until(label: string, condition: (sink: KeepingSink) => boolean): Promise<void> {
    const holds = new Promise<void>((resolve) => {
      this.#onWrite = () => condition(this) && resolve();
      this.#onWrite();
    });
    await within(5000, label, holds);
  }
}

const times: Times = {
  connect: 1000,
  firstByte: 5000,
  stall: 5000,
  ping: 5000,
  deadlineMargin: 100,
  callerStall: 5000,
};

const upstreams: Readable[] = [];
afterEach(() => upstreams.splice(0).forEach((upstream) => upstream.destroy()));

function start(changes: Partial<Times> & { deadlineMs?: number } = {}) {
  const sink = new KeepingSink();
  const upstream = new PassThrough();
  upstreams.push(upstream);
  const startedAt = performance.now();
  const outcome = relay(() => Promise.resolve(upstream), {
    sink,
    format: "ndjson",
    requestId: "id-1",
    model: "fast",
    times: { ...times, ...changes },
    startedAt,
    deadlineAt: startedAt + (changes.deadlineMs ?? 60_000),
  });
  // Each test looks at it; until then a rejection is not unhandled.
  outcome.catch(() => undefined);
  return { sink, upstream, outcome: within(8000, "The relay's end", outcome) };
}

function withoutChecksum(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, -4), Buffer.alloc(4)]);
}

const types = (sink: KeepingSink) => sink.lines.map(({ type }) => type);
const lastError = (sink: KeepingSink) => (sink.lines.at(-1) as { error?: { name: string } }).error?.name;

describe("a whole answer", () => {
  test("is every event in order between start and end, in one write per chunk", async () => {
    const { sink, upstream, outcome } = start();
    upstream.end(Buffer.concat(recordedAnswer));
    const { error, deltas, bytes, usage } = await outcome;
    expect(types(sink)).toEqual([
      "start",
      "messageStart",
      "contentBlockDelta",
      "contentBlockDelta",
      "contentBlockStop",
      "messageStop",
      "metadata",
      "end",
    ]);
    expect(sink.lines[0]).toEqual({ type: "start", version: 1, requestId: "id-1", modelId: "fast" });
    expect(sink.lines.at(-1)).toMatchObject({ stopReason: "end_turn", usage: { outputTokens: 9 } });
    expect(sink.opened).toBe(1);
    expect(sink.writes).toHaveLength(2);
    expect({ error, deltas, usage }).toMatchObject({
      error: undefined,
      deltas: 2,
      usage: { inputTokens: 5 },
    });
    expect(bytes).toBe(Buffer.concat(sink.writes).length);
  });

  test("ends though the connection is cut or silent after messageStop, and then has no usage", async () => {
    const silent = start();
    silent.upstream.write(Buffer.concat(recordedAnswer.slice(0, 5)));
    const cut = start();
    cut.upstream.write(Buffer.concat(recordedAnswer.slice(0, 5)));
    await cut.sink.until("messageStop", (sink) => types(sink).includes("messageStop"));
    cut.upstream.destroy(new Error("aborted"));
    for (const { sink, outcome } of [cut, silent]) {
      expect((await outcome).error).toBeUndefined();
      expect(sink.lines.at(-1)).toMatchObject({ type: "end", stopReason: "end_turn" });
      expect(sink.lines.at(-1)).not.toHaveProperty("usage");
    }
    expect(silent.upstream.destroyed).toBe(true);
  });
});

describe("a failure", () => {
  test("of the first frame is no stream, but an error to be told in a status", async () => {
    const { sink, upstream, outcome } = start();
    upstream.write(exceptionFrame("throttlingException", "Slow down"));
    await expect(outcome).rejects.toMatchObject({
      name: "ThrottlingException",
      status: 429,
      message: "Slow down",
    });
    expect(sink.opened).toBe(0);
    expect(upstream.destroyed).toBe(true);
  });

  test("of the first frame is the last line when the first had to be sent before it", async () => {
    const { sink, upstream, outcome } = start();
    await sink.until("the start line", ({ opened }) => opened === 1);
    upstream.write(exceptionFrame("throttlingException", "Slow down"));
    await outcome;
    expect(types(sink)).toEqual(["start", "error"]);
  });

  test.each([
    ["internalServerException", "InternalServerException", true],
    ["modelStreamErrorException", "ModelStreamErrorException", true],
    ["validationException", "ValidationException", false],
    ["throttlingException", "ThrottlingException", true],
    ["serviceUnavailableException", "ServiceUnavailableException", true],
    ["brandNewException", "UpstreamInvalid", false],
  ])("reported in mid-stream as %s is one last line", async (exception, name, retryable) => {
    const { sink, upstream, outcome } = start();
    const frames = [recordedAnswer[0], exceptionFrame(exception, "It broke"), recordedAnswer[1]] as Buffer[];
    upstream.end(Buffer.concat(frames));
    expect((await outcome).error?.name).toBe(name);
    expect(types(sink)).toEqual(["start", "messageStart", "error"]);
    expect(sink.lines.at(-1)).toMatchObject({ error: { name, retryable, requestId: "id-1" } });
    expect(upstream.destroyed).toBe(true);
  });

  test("reported as an error frame is told under its code", async () => {
    const { sink, upstream, outcome } = start();
    upstream.write(recordedAnswer[0]);
    upstream.write(
      frame({ ":message-type": "error", ":error-code": "AccessDeniedException", ":error-message": "m" }, ""),
    );
    await outcome;
    expect(lastError(sink)).toBe("UpstreamAccessDenied");
  });

  test.each<[string, Buffer]>([
    ["a broken checksum", withoutChecksum(recordedAnswer[1] as Buffer)],
    ["a payload that is no JSON", frame({ ":message-type": "event", ":event-type": "x" }, "<html>")],
    ["an event without a name", frame({ ":message-type": "event" }, "{}")],
    ["a frame of an unknown kind", frame({ ":message-type": "novel" }, "{}")],
  ])("for %s is StreamCorrupt, after what came before", async (_, broken) => {
    const { sink, upstream, outcome } = start();
    upstream.write(Buffer.concat([recordedAnswer[0], recordedAnswer[1], broken] as Buffer[]));
    await outcome;
    expect(types(sink)).toEqual(["start", "messageStart", "contentBlockDelta", "error"]);
    expect(lastError(sink)).toBe("StreamCorrupt");
  });

  test("for an upstream that ends or breaks before messageStop is StreamTruncated, wherever it does", async () => {
    const whole = Buffer.concat(recordedAnswer.slice(0, 5));
    const first = (recordedAnswer[0] as Buffer).length;
    for (let at = first; at < whole.length; at += 7) {
      const { sink, upstream, outcome } = start();
      upstream.write(whole.subarray(0, at));
      if (at % 2) upstream.end();
      else setImmediate(() => upstream.destroy(new Error("aborted")));
      await outcome;
      expect(lastError(sink), `cut at ${at}`).toBe("StreamTruncated");
    }
  });

  test("to connect is what connecting was refused with", async () => {
    const sink = new KeepingSink();
    const refused = relay(() => Promise.reject(new ConverseError("UpstreamUnreachable", "no")), {
      sink,
      format: "ndjson",
      requestId: "r",
      model: "m",
      times,
      startedAt: 0,
      deadlineAt: Infinity,
    });
    await expect(refused).rejects.toMatchObject({ name: "UpstreamUnreachable", status: 502 });
    expect(sink.opened).toBe(0);
  });

  test("of our own is InternalError, which tells the caller nothing and the log where it was", async () => {
    const sink = new KeepingSink();
    const failed = relay(() => Promise.reject(new TypeError("x is undefined")), {
      sink,
      format: "ndjson",
      requestId: "r",
      model: "m",
      times,
      startedAt: 0,
      deadlineAt: Infinity,
    });
    const error = (await failed.catch((thrown: ConverseError) => thrown)) as ConverseError;
    expect(error).toMatchObject({ name: "InternalError", status: 500 });
    expect(error.message).not.toContain("undefined");
    // A message may quote what the caller or the model said.
    expect(error.detail).toMatch(/^TypeError\n +at .*relay/);
    expect(error.detail).not.toContain("undefined");
  });
});

describe("time", () => {
  test("without the first frame is up with a status, and the call is aborted", async () => {
    const sink = new KeepingSink();
    let aborted: unknown;
    const startedAt = performance.now();
    const silent = relay(
      (signal) => new Promise(() => signal.addEventListener("abort", () => (aborted = signal.reason))),
      {
        sink,
        format: "ndjson",
        requestId: "r",
        model: "m",
        times: { ...times, firstByte: 30 },
        startedAt,
        deadlineAt: Infinity,
      },
    );
    await expect(within(2000, "the first byte's limit", silent)).rejects.toMatchObject({
      name: "UpstreamTimeout",
      status: 504,
    });
    expect(aborted).toMatchObject({ name: "UpstreamTimeout" });
  });

  test("spent in silence brings pings, and the stream goes on after them", async () => {
    const { sink, upstream, outcome } = start({ ping: 20 });
    upstream.write(recordedAnswer[0]);
    await sink.until("three pings", (sink) => types(sink).filter((type) => type === "ping").length === 3);
    upstream.end(Buffer.concat(recordedAnswer.slice(1)));
    expect((await outcome).error).toBeUndefined();
    expect(types(sink).filter((type) => type !== "ping")).toHaveLength(8);
  });

  test("of a stall is up with one last line", async () => {
    const { sink, upstream, outcome } = start({ stall: 40 });
    upstream.write(Buffer.concat(recordedAnswer.slice(0, 2)));
    await outcome;
    expect(types(sink)).toEqual(["start", "messageStart", "contentBlockDelta", "error"]);
    expect(lastError(sink)).toBe("UpstreamTimeout");
    expect(upstream.destroyed).toBe(true);
  });

  test("of a stall counts from the last byte, not from the first", async () => {
    const { sink, upstream, outcome } = start({ stall: 400 });
    const pieces = recordedAnswer.flatMap((bytes) => [bytes.subarray(0, 9), bytes.subarray(9)]);
    const timer = setInterval(() => {
      const piece = pieces.shift();
      if (piece) upstream.write(piece);
      else {
        clearInterval(timer);
        upstream.end();
      }
    }, 40);
    expect((await outcome).error).toBeUndefined();
    expect(types(sink)).toHaveLength(8);
  });

  test.each([
    ["before the first frame", 0],
    ["in mid-stream", 2],
  ])("of the function is up %s", async (_, frames) => {
    const { sink, upstream, outcome } = start({ deadlineMs: 60 });
    if (frames > 0) upstream.write(Buffer.concat(recordedAnswer.slice(0, frames)));
    if (frames === 0) await expect(outcome).rejects.toMatchObject({ name: "DeadlineExceeded", status: 504 });
    else await outcome.then(() => expect(lastError(sink)).toBe("DeadlineExceeded"));
    expect(upstream.destroyed).toBe(true);
  });
});

describe("a caller who does not read", () => {
  test("pauses upstream, and its silence is then no stall", async () => {
    const { sink, upstream, outcome } = start({ stall: 50, ping: 20 });
    sink.takes = false;
    upstream.write(recordedAnswer[0]);
    await sink.until("the first write", ({ writes }) => writes.length === 1);
    expect(upstream.isPaused()).toBe(true);
    upstream.write(Buffer.concat(recordedAnswer.slice(1, 3)));
    // By when a stream with the same limits that is read has long been given up.
    const read = start({ stall: 100 });
    read.upstream.write(recordedAnswer[0]);
    expect((await read.outcome).error?.name).toBe("UpstreamTimeout");
    expect(sink.writes).toHaveLength(1);
    sink.drain();
    upstream.end(Buffer.concat(recordedAnswer.slice(3)));
    expect((await outcome).error).toBeUndefined();
    expect(types(sink).filter((type) => type !== "ping")).toHaveLength(8);
  });

  test("for too long ends it, and upstream with it", async () => {
    const { sink, upstream, outcome } = start({ callerStall: 40 });
    sink.takes = false;
    upstream.write(Buffer.concat(recordedAnswer.slice(0, 3)));
    expect((await outcome).error?.name).toBe("CallerStalled");
    expect(lastError(sink)).toBe("CallerStalled");
    expect(upstream.destroyed).toBe(true);
  });
});
