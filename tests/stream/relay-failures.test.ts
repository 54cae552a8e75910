// Tests how a failed stream ends: with a rejection before the first line has been sent, and with one error line afterwards.
import { describe, expect, test } from "vitest";
import { ConverseError } from "../../lib/stream/converse-error.ts";
import { exceptionFrame, frame, sampleAnswer } from "../support/frames/aws-frames.ts";
import { connectRelay, startRelay } from "../support/frames/relay-run.ts";

function withoutChecksum(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, -4), Buffer.alloc(4)]);
}

describe("exceptions", () => {
  test("an exception in the first frame becomes a rejection, and the sink is not opened", async () => {
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

  test("an exception in the first frame becomes the last line if the start line has already been sent", async () => {
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
  ])("an exception called %s in mid-stream becomes the error line", async (exception, name, retryable) => {
    const { sink, upstream, outcome } = startRelay();
    const frames = [sampleAnswer[0], exceptionFrame(exception, "It broke"), sampleAnswer[1]] as Buffer[];
    upstream.end(Buffer.concat(frames));
    expect((await outcome).error?.name).toBe(name);
    expect(sink.types).toEqual(["start", "messageStart", "error"]);
    expect(sink.lines.at(-1)).toMatchObject({ error: { name, retryable, requestId: "id-1" } });
    expect(upstream.destroyed).toBe(true);
  });

  test("the code in an error frame determines the name of the error", async () => {
    const { sink, upstream, outcome } = startRelay();
    upstream.write(sampleAnswer[0]);
    upstream.write(
      frame({ ":message-type": "error", ":error-code": "AccessDeniedException", ":error-message": "m" }, ""),
    );
    await outcome;
    expect(sink.lastError).toBe("UpstreamAccessDenied");
  });
});

describe("broken streams", () => {
  test.each<[string, Buffer]>([
    ["a broken checksum", withoutChecksum(sampleAnswer[1] as Buffer)],
    ["a payload that is not JSON", frame({ ":message-type": "event", ":event-type": "x" }, "<html>")],
    ["an event without a name", frame({ ":message-type": "event" }, "{}")],
    ["a frame of an unknown kind", frame({ ":message-type": "novel" }, "{}")],
  ])(
    "a stream with %s passes on the events before it and then fails with StreamCorrupt",
    async (_, broken) => {
      const { sink, upstream, outcome } = startRelay();
      upstream.write(Buffer.concat([sampleAnswer[0], sampleAnswer[1], broken] as Buffer[]));
      await outcome;
      expect(sink.types).toEqual(["start", "messageStart", "contentBlockDelta", "error"]);
      expect(sink.lastError).toBe("StreamCorrupt");
    },
  );

  test("a stream that ends or is cut anywhere before messageStop fails with StreamTruncated", async () => {
    const complete = Buffer.concat(sampleAnswer.slice(0, 5));
    const first = (sampleAnswer[0] as Buffer).length;
    for (let at = first; at < complete.length; at += 7) {
      const { sink, upstream, outcome } = startRelay();
      // A copy, because the relay writes lines over its chunks.
      upstream.write(Buffer.from(complete.subarray(0, at)));
      if (at % 2) upstream.end();
      else setImmediate(() => upstream.destroy(new Error("aborted")));
      await outcome;
      expect(sink.lastError, `cut at ${at}`).toBe("StreamTruncated");
    }
  });
});

describe("failed calls", () => {
  test("a failed call rejects with the error of the call", async () => {
    const { sink, outcome } = connectRelay(() =>
      Promise.reject(new ConverseError("UpstreamUnreachable", "no")),
    );
    await expect(outcome).rejects.toMatchObject({ name: "UpstreamUnreachable", status: 502 });
    expect(sink.opened).toBe(0);
  });

  test("a call that fails because of a bug in the service gives InternalError, with details only for the log", async () => {
    const { outcome } = connectRelay(() => Promise.reject(new TypeError("x is undefined")));
    const error = (await outcome.catch((thrown: ConverseError) => thrown)) as ConverseError;
    expect(error).toMatchObject({ name: "InternalError", status: 500 });
    expect(error.message).not.toContain("undefined");
    // A JavaScript error's message may quote a prompt or an answer.
    expect(error.detail).toMatch(/^TypeError\n +at .*relay/);
    expect(error.detail).not.toContain("undefined");
  });
});
