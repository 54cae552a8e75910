// What ends a stream early, through the relay: a rejection before the first line, one last line after it.
import { describe, expect, test } from "vitest";
import { ConverseError } from "../../lib/stream/converse-error.ts";
import { exceptionFrame, frame, sampleAnswer } from "../support/frames/aws-frames.ts";
import { connectRelay, startRelay } from "../support/frames/relay-run.ts";

function withoutChecksum(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, -4), Buffer.alloc(4)]);
}

describe("a failure", () => {
  test("of the first frame is no stream, but an error to be told in a status", async () => {
    const { sink, upstream, outcome } = startRelay();
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
    const { sink, upstream, outcome } = startRelay();
    await sink.until("the start line", ({ opened }) => opened === 1);
    upstream.write(exceptionFrame("throttlingException", "Slow down"));
    await outcome;
    expect(sink.types).toEqual(["start", "error"]);
  });

  test.each([
    ["internalServerException", "InternalServerException", true],
    ["modelStreamErrorException", "ModelStreamErrorException", true],
    ["validationException", "ValidationException", false],
    ["throttlingException", "ThrottlingException", true],
    ["serviceUnavailableException", "ServiceUnavailableException", true],
    ["brandNewException", "UpstreamInvalid", false],
  ])("reported in mid-stream as %s is one last line", async (exception, name, retryable) => {
    const { sink, upstream, outcome } = startRelay();
    const frames = [sampleAnswer[0], exceptionFrame(exception, "It broke"), sampleAnswer[1]] as Buffer[];
    upstream.end(Buffer.concat(frames));
    expect((await outcome).error?.name).toBe(name);
    expect(sink.types).toEqual(["start", "messageStart", "error"]);
    expect(sink.lines.at(-1)).toMatchObject({ error: { name, retryable, requestId: "id-1" } });
    expect(upstream.destroyed).toBe(true);
  });

  test("reported as an error frame is told under its code", async () => {
    const { sink, upstream, outcome } = startRelay();
    upstream.write(sampleAnswer[0]);
    upstream.write(
      frame({ ":message-type": "error", ":error-code": "AccessDeniedException", ":error-message": "m" }, ""),
    );
    await outcome;
    expect(sink.lastError).toBe("UpstreamAccessDenied");
  });

  test.each<[string, Buffer]>([
    ["a broken checksum", withoutChecksum(sampleAnswer[1] as Buffer)],
    ["a payload that is no JSON", frame({ ":message-type": "event", ":event-type": "x" }, "<html>")],
    ["an event without a name", frame({ ":message-type": "event" }, "{}")],
    ["a frame of an unknown kind", frame({ ":message-type": "novel" }, "{}")],
  ])("for %s is StreamCorrupt, after what came before", async (_, broken) => {
    const { sink, upstream, outcome } = startRelay();
    upstream.write(Buffer.concat([sampleAnswer[0], sampleAnswer[1], broken] as Buffer[]));
    await outcome;
    expect(sink.types).toEqual(["start", "messageStart", "contentBlockDelta", "error"]);
    expect(sink.lastError).toBe("StreamCorrupt");
  });

  test("for an upstream that ends or breaks before messageStop is StreamTruncated, wherever it does", async () => {
    const whole = Buffer.concat(sampleAnswer.slice(0, 5));
    const first = (sampleAnswer[0] as Buffer).length;
    for (let at = first; at < whole.length; at += 7) {
      const { sink, upstream, outcome } = startRelay();
      upstream.write(whole.subarray(0, at));
      if (at % 2) upstream.end();
      else setImmediate(() => upstream.destroy(new Error("aborted")));
      await outcome;
      expect(sink.lastError, `cut at ${at}`).toBe("StreamTruncated");
    }
  });

  test("to connect is what connecting was refused with", async () => {
    const { sink, outcome } = connectRelay(() =>
      Promise.reject(new ConverseError("UpstreamUnreachable", "no")),
    );
    await expect(outcome).rejects.toMatchObject({ name: "UpstreamUnreachable", status: 502 });
    expect(sink.opened).toBe(0);
  });

  test("of our own is InternalError, which tells the caller nothing and the log where it was", async () => {
    const { outcome } = connectRelay(() => Promise.reject(new TypeError("x is undefined")));
    const error = (await outcome.catch((thrown: ConverseError) => thrown)) as ConverseError;
    expect(error).toMatchObject({ name: "InternalError", status: 500 });
    expect(error.message).not.toContain("undefined");
    // A message may quote what the caller or the model said.
    expect(error.detail).toMatch(/^TypeError\n +at .*relay/);
    expect(error.detail).not.toContain("undefined");
  });
});
