// One stream through the relay: its lines, and callers who hold it up.
import { describe, expect, test } from "vitest";
import { eventFrame, exceptionFrame, frame, sampleAnswer } from "../support/frames/aws-frames.ts";
import { scaled } from "../support/deadline.ts";
import { startRelay } from "../support/frames/relay-run.ts";

describe("a whole answer", () => {
  test("is every event in order between start and end, in one write per chunk", async () => {
    const { sink, upstream, outcome } = startRelay();
    upstream.end(Buffer.concat(sampleAnswer));
    const { error, deltas, bytes, usage } = await outcome;
    expect(sink.types).toEqual([
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
    const silent = startRelay();
    silent.upstream.write(Buffer.concat(sampleAnswer.slice(0, 5)));
    const cut = startRelay();
    cut.upstream.write(Buffer.concat(sampleAnswer.slice(0, 5)));
    await cut.sink.until("messageStop", ({ types }) => types.includes("messageStop"));
    cut.upstream.destroy(new Error("aborted"));
    for (const { sink, outcome } of [cut, silent]) {
      expect((await outcome).error).toBeUndefined();
      expect(sink.lines.at(-1)).toMatchObject({ type: "end", stopReason: "end_turn" });
      expect(sink.lines.at(-1)).not.toHaveProperty("usage");
    }
    expect(silent.upstream.destroyed).toBe(true);
  });
});

describe("an answer that is whole", () => {
  const corrupt = Buffer.from(sampleAnswer[1] as Buffer);
  corrupt.writeUInt32BE(0, corrupt.length - 4);
  const notJson = frame({ ":message-type": "event", ":event-type": "x" }, "<html>");

  test.each<[string, Buffer, string]>([
    ["an exception", exceptionFrame("throttlingException", "Slow down"), "ThrottlingException"],
    [
      "an error frame",
      frame({ ":message-type": "error", ":error-code": "InternalFailure" }, ""),
      "InternalServerException: InternalFailure",
    ],
    ["a frame with a wrong checksum", corrupt, "StreamCorrupt"],
    ["a payload that is not JSON", notJson, "StreamCorrupt"],
    ["a web page", Buffer.from("<!doctype html><title>Sign in</title>"), "StreamCorrupt"],
  ])("stays whole after %s, of which the log tells", async (_, late, detail) => {
    for (const frames of [5, 6]) {
      const { sink, upstream, outcome } = startRelay();
      upstream.write(Buffer.concat([...sampleAnswer.slice(0, frames), late]));
      const { error, lateError, usage } = await outcome;
      expect(error).toBeUndefined();
      expect(sink.types.slice(-2)).toEqual([frames === 5 ? "messageStop" : "metadata", "end"]);
      expect(sink.lines.at(-1)).toMatchObject({ stopReason: "end_turn" });
      expect(usage).toEqual(frames === 5 ? undefined : { inputTokens: 5, outputTokens: 9, totalTokens: 14 });
      const [name, more] = detail.split(": ");
      expect(lateError?.name).toBe(name);
      if (more) expect(lateError?.detail).toBe(more);
      expect(upstream.destroyed).toBe(true);
    }
  });

  test("keeps what an earlier event said when a later one says less", async () => {
    const { sink, upstream, outcome } = startRelay();
    const later = [
      eventFrame("messageStop", {}),
      eventFrame("messageStop", { stopReason: null }),
      eventFrame("metadata", {}),
      eventFrame("metadata", { usage: null }),
      eventFrame("metadata", { usage: [] }),
      eventFrame("metadata", { usage: { cacheReadInputTokens: 3 } }),
    ];
    upstream.end(Buffer.concat([...sampleAnswer, ...later]));
    const usage = { inputTokens: 5, outputTokens: 9, totalTokens: 14, cacheReadInputTokens: 3 };
    expect(await outcome).toMatchObject({ stopReason: "end_turn", usage });
    expect(sink.lines.at(-1)).toMatchObject({ type: "end", stopReason: "end_turn", usage });
  });

  test("says what a later event adds", async () => {
    const { sink, upstream, outcome } = startRelay();
    const stops = [eventFrame("messageStop", {}), eventFrame("messageStop", { stopReason: "max_tokens" })];
    upstream.end(Buffer.concat([...sampleAnswer.slice(0, 4), ...stops]));
    await outcome;
    expect(sink.lines.at(-1)).toMatchObject({ type: "end", stopReason: "max_tokens" });
  });

  test("is not whole for a caller who does not take it", async () => {
    const { sink, upstream, outcome } = startRelay({ callerStall: 40 });
    sink.takes = false;
    upstream.write(Buffer.concat(sampleAnswer));
    expect((await outcome).error?.name).toBe("CallerStalled");
  });
});

describe("a caller who does not read", () => {
  test("pauses upstream, and its silence is then no stall", async () => {
    const { sink, upstream, outcome } = startRelay({ stall: 50, ping: 20 });
    sink.takes = false;
    upstream.write(sampleAnswer[0]);
    await sink.until("the first write", ({ writes }) => writes.length === 1);
    expect(upstream.isPaused()).toBe(true);
    upstream.write(Buffer.concat(sampleAnswer.slice(1, 3)));
    // By when a stream with the same limits that is read has long been given up.
    const read = startRelay({ stall: 100 });
    read.upstream.write(sampleAnswer[0]);
    expect((await read.outcome).error?.name).toBe("UpstreamTimeout");
    expect(sink.writes).toHaveLength(1);
    sink.drain();
    upstream.end(Buffer.concat(sampleAnswer.slice(3)));
    expect((await outcome).error).toBeUndefined();
    expect(sink.types.filter((type) => type !== "ping")).toHaveLength(8);
  });

  test("but takes a part now and then is not given up, and gets all", async () => {
    const limit = scaled(150);
    const { sink, upstream, outcome } = startRelay({ callerStall: limit });
    sink.takes = false;
    upstream.write(Buffer.concat(sampleAnswer.slice(0, 3)));
    await sink.until("the first write", ({ writes }) => writes.length === 1);
    // Three times as long as one who takes nothing is waited for.
    for (let part = 0; part < 15; part++) {
      await new Promise((resolve) => setTimeout(resolve, limit / 5));
      sink.takePart();
    }
    expect(upstream.isPaused()).toBe(true);
    sink.drain();
    upstream.end(Buffer.concat(sampleAnswer.slice(3)));
    expect((await outcome).error).toBeUndefined();
  });

  test("and takes no more parts is given up", async () => {
    const { sink, upstream, outcome } = startRelay({ callerStall: 40 });
    sink.takes = false;
    upstream.write(Buffer.concat(sampleAnswer.slice(0, 3)));
    await sink.until("the first write", ({ writes }) => writes.length === 1);
    sink.takePart();
    expect((await outcome).error?.name).toBe("CallerStalled");
  });

  test("for too long ends it, and upstream with it", async () => {
    const { sink, upstream, outcome } = startRelay({ callerStall: 40 });
    sink.takes = false;
    upstream.write(Buffer.concat(sampleAnswer.slice(0, 3)));
    expect((await outcome).error?.name).toBe("CallerStalled");
    expect(sink.lastError).toBe("CallerStalled");
    expect(upstream.destroyed).toBe(true);
  });
});
