// Tests one stream through the relay: its lines, and callers who fall behind.
import { describe, expect, test } from "vitest";
import { eventFrame, exceptionFrame, frame, sampleAnswer } from "../support/frames/aws-frames.ts";
import { scaled } from "../support/deadline.ts";
import { startRelay } from "../support/frames/relay-run.ts";

describe("an answer", () => {
  test("an answer has every event in order between start and end, in one write per chunk", async () => {
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

  test("an answer ends without usage when the connection is cut or silent after messageStop", async () => {
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

describe("a complete answer", () => {
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
  ])("a complete answer stays complete after %s, which is only logged", async (_, late, detail) => {
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

  test("a complete answer keeps its stop reason and usage when later events have none", async () => {
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

  test("a complete answer gets its stop reason from a later messageStop if the first has none", async () => {
    const { sink, upstream, outcome } = startRelay();
    const stops = [eventFrame("messageStop", {}), eventFrame("messageStop", { stopReason: "max_tokens" })];
    upstream.end(Buffer.concat([...sampleAnswer.slice(0, 4), ...stops]));
    await outcome;
    expect(sink.lines.at(-1)).toMatchObject({ type: "end", stopReason: "max_tokens" });
  });

  test("a complete answer ends with CallerStalled for a caller who stops reading", async () => {
    const { sink, upstream, outcome } = startRelay({ callerStall: 40 });
    sink.takes = false;
    upstream.write(Buffer.concat(sampleAnswer));
    expect((await outcome).error?.name).toBe("CallerStalled");
  });
});

describe("callers who fall behind", () => {
  test("a caller who is behind pauses Bedrock's stream, and the paused stream's silence does not count as a stall", async () => {
    const { sink, upstream, outcome } = startRelay({ stall: 50, ping: 20 });
    sink.takes = false;
    upstream.write(sampleAnswer[0]);
    await sink.until("the first write", ({ writes }) => writes.length === 1);
    expect(upstream.isPaused()).toBe(true);
    upstream.write(Buffer.concat(sampleAnswer.slice(1, 3)));
    // Waits until a second stream, whose reader is not behind, has stalled: by then the paused one would have stalled too.
    const read = startRelay({ stall: 100 });
    read.upstream.write(sampleAnswer[0]);
    expect((await read.outcome).error?.name).toBe("UpstreamTimeout");
    expect(sink.writes).toHaveLength(1);
    sink.drain();
    upstream.end(Buffer.concat(sampleAnswer.slice(3)));
    expect((await outcome).error).toBeUndefined();
    expect(sink.types.filter((type) => type !== "ping")).toHaveLength(8);
  });

  test("a caller who is behind and takes a few bytes from time to time gets the complete answer", async () => {
    const limit = scaled(150);
    const { sink, upstream, outcome } = startRelay({ callerStall: limit });
    sink.takes = false;
    upstream.write(Buffer.concat(sampleAnswer.slice(0, 3)));
    await sink.until("the first write", ({ writes }) => writes.length === 1);
    // All parts together take three times as long as the stall timeout for callers.
    for (let part = 0; part < 15; part++) {
      await new Promise((resolve) => setTimeout(resolve, limit / 5));
      sink.takePart();
    }
    expect(upstream.isPaused()).toBe(true);
    sink.drain();
    upstream.end(Buffer.concat(sampleAnswer.slice(3)));
    expect((await outcome).error).toBeUndefined();
  });

  test("a caller who is behind and stops taking bytes ends the stream with CallerStalled", async () => {
    const { sink, upstream, outcome } = startRelay({ callerStall: 40 });
    sink.takes = false;
    upstream.write(Buffer.concat(sampleAnswer.slice(0, 3)));
    await sink.until("the first write", ({ writes }) => writes.length === 1);
    sink.takePart();
    expect((await outcome).error?.name).toBe("CallerStalled");
  });

  test("a caller who is behind for too long ends the stream and closes Bedrock's connection", async () => {
    const { sink, upstream, outcome } = startRelay({ callerStall: 40 });
    sink.takes = false;
    upstream.write(Buffer.concat(sampleAnswer.slice(0, 3)));
    expect(await outcome).toMatchObject({ error: { name: "CallerStalled" }, callerStalled: true });
    expect(sink.lastError).toBe("CallerStalled");
    expect(upstream.destroyed).toBe(true);
  });
});
