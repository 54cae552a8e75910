// The relay's time limits: pings, stalls, deadlines.
import { describe, expect, test } from "vitest";
import { sampleAnswer } from "../support/frames/aws-frames.ts";
import { scaled } from "../support/deadline.ts";
import { connectRelay, startRelay } from "../support/frames/relay-run.ts";

describe("time", () => {
  test("without the first frame is up with a status, and the call is aborted", async () => {
    let aborted: unknown;
    const { outcome } = connectRelay(
      (signal) => new Promise(() => signal.addEventListener("abort", () => (aborted = signal.reason))),
      { firstByte: 30 },
    );
    await expect(outcome).rejects.toMatchObject({ name: "UpstreamTimeout", status: 504 });
    expect(aborted).toMatchObject({ name: "UpstreamTimeout" });
  });

  test("spent in silence brings pings, and the stream goes on after them", async () => {
    const { sink, upstream, outcome } = startRelay({ ping: 20 });
    upstream.write(sampleAnswer[0]);
    await sink.until("three pings", ({ types }) => types.filter((type) => type === "ping").length === 3);
    upstream.end(Buffer.concat(sampleAnswer.slice(1)));
    expect((await outcome).error).toBeUndefined();
    expect(sink.types.filter((type) => type !== "ping")).toHaveLength(8);
  });

  test("of a stall is up with one last line", async () => {
    const { sink, upstream, outcome } = startRelay({ stall: scaled(100) });
    upstream.write(Buffer.concat(sampleAnswer.slice(0, 2)));
    await outcome;
    expect(sink.types).toEqual(["start", "messageStart", "contentBlockDelta", "error"]);
    expect(sink.lastError).toBe("UpstreamTimeout");
    expect(upstream.destroyed).toBe(true);
  });

  test("of a stall counts from the last byte, not from the first", async () => {
    const stall = scaled(1000);
    const { sink, upstream, outcome } = startRelay({ stall });
    const pieces = sampleAnswer.flatMap((bytes) => [bytes.subarray(0, 9), bytes.subarray(9)]);
    const timer = setInterval(() => {
      const piece = pieces.shift();
      if (piece) upstream.write(piece);
      else {
        clearInterval(timer);
        upstream.end();
      }
    }, stall / 10);
    expect((await outcome).error).toBeUndefined();
    expect(sink.types).toHaveLength(8);
  });

  test.each([
    ["before the first frame", 0],
    ["in mid-stream", 2],
  ])("of the function is up %s", async (_, frames) => {
    const { sink, upstream, outcome } = startRelay({ deadlineMs: scaled(200) });
    if (frames > 0) upstream.write(Buffer.concat(sampleAnswer.slice(0, frames)));
    if (frames === 0) await expect(outcome).rejects.toMatchObject({ name: "DeadlineExceeded", status: 504 });
    else await outcome.then(() => expect(sink.lastError).toBe("DeadlineExceeded"));
    expect(upstream.destroyed).toBe(true);
  });
});
