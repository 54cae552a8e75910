// Tests the relay's deadlines: first byte, pings, stalls and the end of the invocation.
import { describe, expect, test } from "vitest";
import type { Format } from "../../lib/stream/answer-format.ts";
import { codec, frame, sampleAnswer } from "../support/frames/aws-frames.ts";
import { scaled } from "../support/deadline.ts";
import { connectRelay, startRelay } from "../support/frames/relay-run.ts";

describe("first byte timeout", () => {
  test("a call without a response is aborted and becomes an error response", async () => {
    let aborted: unknown;
    const { outcome } = connectRelay(
      (signal) => new Promise(() => signal.addEventListener("abort", () => (aborted = signal.reason))),
      { firstByte: 30 },
    );
    await expect(outcome).rejects.toMatchObject({ name: "UpstreamTimeout", status: 504 });
    expect(aborted).toMatchObject({ name: "UpstreamTimeout" });
  });
});

describe("pings", () => {
  test("pings are sent while Bedrock is silent, and the stream goes on after them", async () => {
    const { sink, upstream, outcome } = startRelay({ ping: 20 });
    upstream.write(sampleAnswer[0]);
    await sink.until("three pings", ({ types }) => types.filter((type) => type === "ping").length === 3);
    upstream.end(Buffer.concat(sampleAnswer.slice(1)));
    expect((await outcome).error).toBeUndefined();
    expect(sink.types.filter((type) => type !== "ping")).toHaveLength(8);
  });
});

describe("an answer in one of Bedrock's own formats", () => {
  const exception = frame({ ":message-type": "exception", ":exception-type": "throttlingException" }, "{}");

  test("an event stream starts with the first ping if Bedrock is silent, and a later exception is a frame", async () => {
    const { sink, upstream, outcome } = startRelay({ ping: 20, format: "eventstream" });
    await sink.until("two pings", ({ writes }) => writes.length === 2);
    for (const write of sink.writes) {
      expect(codec.decode(write).headers).toMatchObject({ ":event-type": { value: "ping" } });
    }
    upstream.end(exception);
    expect((await outcome).error).toMatchObject({ name: "ThrottlingException" });
    const last = codec.decode(sink.writes.at(-1)!);
    expect(last.headers).toMatchObject({ ":exception-type": { value: "throttlingException" } });
  });

  test.each<Format>(["eventstream", "json"])(
    "an answer has not started after a second, so an exception still becomes an error response: %s",
    async (format) => {
      const { sink, upstream, outcome } = startRelay({ format });
      setTimeout(() => upstream.end(exception), 1200);
      await expect(outcome).rejects.toMatchObject({ name: "ThrottlingException", status: 429 });
      expect(sink.opened).toBe(0);
    },
  );

  test("an answer that is one JSON object has no pings", async () => {
    const { sink, upstream, outcome } = startRelay({ format: "json", ping: 20 });
    setTimeout(() => upstream.end(Buffer.concat(sampleAnswer)), 1200);
    expect((await outcome).error).toBeUndefined();
    expect(sink.writes).toHaveLength(1);
  });
});

describe("stall timeout", () => {
  test("a stall ends the stream with exactly one error line", async () => {
    const { sink, upstream, outcome } = startRelay({ stall: scaled(100) });
    upstream.write(Buffer.concat(sampleAnswer.slice(0, 2)));
    await outcome;
    expect(sink.types).toEqual(["start", "messageStart", "contentBlockDelta", "error"]);
    expect(sink.lastError).toBe("UpstreamTimeout");
    expect(upstream.destroyed).toBe(true);
  });

  test("the stall timeout counts from the last byte, not from the first", async () => {
    const stall = scaled(1000);
    const { sink, upstream, outcome } = startRelay({ stall });
    // messageStop and metadata come in one piece. Otherwise a slow machine could send metadata too late, because an answer ends
    // soon after messageStop.
    const ending = Buffer.concat(sampleAnswer.slice(4));
    const events = sampleAnswer.slice(0, 4);
    const pieces = [...events.flatMap((bytes) => [bytes.subarray(0, 9), bytes.subarray(9)]), ending];
    const timer = setInterval(() => {
      const piece = pieces.shift();
      if (piece) upstream.write(piece);
      else {
        clearInterval(timer);
        upstream.end();
      }
    }, stall / 5);
    expect((await outcome).error).toBeUndefined();
    expect(sink.types).toHaveLength(8);
  });
});

describe("the invocation's deadline", () => {
  test("the deadline becomes an error response before the first frame", async () => {
    // Not scaled for slow machines: a deadline after more than a second would come when the start line has already been sent.
    const { upstream, outcome } = startRelay({ deadlineMs: 100 });
    await expect(outcome).rejects.toMatchObject({ name: "DeadlineExceeded", status: 504 });
    expect(upstream.destroyed).toBe(true);
  });

  test("the deadline ends the stream with an error line after the first frame", async () => {
    const { sink, upstream, outcome } = startRelay({ deadlineMs: scaled(200) });
    upstream.write(Buffer.concat(sampleAnswer.slice(0, 2)));
    await outcome;
    expect(sink.lastError).toBe("DeadlineExceeded");
    expect(upstream.destroyed).toBe(true);
  });
});
