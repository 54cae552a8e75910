// Tests that Bedrock's frames are passed on byte for byte, and that the frames that the service adds are valid.
import { describe, expect, test } from "vitest";
import type { ErrorName } from "../../../lib/stream/converse-error.ts";
import { EventStreamDecoder } from "../../../lib/stream/events/event-stream-decoder.ts";
import { FrameBuffer } from "../../../lib/stream/events/frame-buffer.ts";
import { InvalidEvent } from "../../../lib/stream/lines/event-payload.ts";
import { codec, frame, sampleAnswer } from "../../support/frames/aws-frames.ts";

function passOn(...chunks: Buffer[]): Buffer {
  return passOnWith(new FrameBuffer(), chunks);
}

function passOnWith(frames: FrameBuffer, chunks: Buffer[]): Buffer {
  const decoder = new EventStreamDecoder((each) => {
    frames.event(String(each.headers.get(":event-type") ?? ""), each.payload, each);
  });
  for (const chunk of chunks) decoder.push(chunk);
  return frames.take();
}

function eventOf(name: string | undefined, payload: string | Buffer): Buffer {
  const headers = { ":message-type": "event", ...(name !== undefined && { ":event-type": name }) };
  return frame(headers, payload as string);
}

describe("Bedrock's frames", () => {
  const sample = Buffer.concat(sampleAnswer);

  test("frames are passed on byte for byte, wherever the bytes are split", () => {
    for (let at = 1; at < sample.length; at += 7) {
      expect(passOn(sample.subarray(0, at), sample.subarray(at)).equals(sample)).toBe(true);
    }
    expect(passOn(...Array.from(sample, (byte) => Buffer.of(byte))).equals(sample)).toBe(true);
  });

  test.each(["{}", ` {"a" : [1.0, 1e999]} `, `{"type":"x","type":1}`, `{"delta":{"text":"\\ud83d ☃"}}`])(
    "a frame with the payload %s is passed on byte for byte",
    (payload) => {
      const bytes = eventOf("weatherReport", payload);
      expect(passOn(bytes).equals(bytes)).toBe(true);
    },
  );
});

describe("an invalid event", () => {
  test.each([
    ["that is not JSON", eventOf("x", "this is not JSON")],
    ["that is not an object", eventOf("x", "[1]")],
    ["that is not UTF-8", eventOf("x", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))],
    ["without a name", eventOf(undefined, "{}")],
    ["with a line break in its name", eventOf("a\nb", "{}")],
  ])("an event %s is rejected", (_, bytes) => {
    expect(() => passOn(bytes)).toThrow(InvalidEvent);
  });
});

describe("the service's own lines", () => {
  test.each<[ErrorName, string]>([
    ["StreamTruncated", "modelStreamErrorException"],
    ["UpstreamTimeout", "modelStreamErrorException"],
    ["DeadlineExceeded", "modelStreamErrorException"],
    ["CallerStalled", "modelStreamErrorException"],
    ["ModelErrorException", "modelStreamErrorException"],
    ["UpstreamAccessDenied", "modelStreamErrorException"],
    ["InternalError", "modelStreamErrorException"],
    ["InternalServerException", "internalServerException"],
    ["ServiceUnavailableException", "serviceUnavailableException"],
    ["ThrottlingException", "throttlingException"],
    ["ValidationException", "validationException"],
  ])("a line with the error %s becomes the exception %s, in a frame that AWS's codec reads", (name, type) => {
    const frames = new FrameBuffer();
    const message = `Cannot finish: "Zażółć" 🦔`;
    frames.own({ type: "error", error: { name, message, retryable: true, requestId: "r" } });
    const { headers, body } = codec.decode(frames.take());
    const values = Object.entries(headers).map(([header, { value }]) => [header, value]);
    expect(Object.fromEntries(values)).toEqual({
      ":exception-type": type,
      ":content-type": "application/json",
      ":message-type": "exception",
    });
    expect(JSON.parse(Buffer.from(body).toString())).toEqual({ message });
  });

  test.each<[ErrorName, string]>([
    ["ThrottlingException", "modelStreamErrorException"],
    ["InternalServerException", "modelStreamErrorException"],
    ["ServiceUnavailableException", "modelStreamErrorException"],
    ["ValidationException", "validationException"],
  ])(
    "after an event, a line with the error %s becomes %s, so that no client repeats the request",
    (name, type) => {
      const frames = new FrameBuffer();
      passOnWith(frames, sampleAnswer.slice(0, 1));
      frames.own({ type: "error", error: { name, message: "m", retryable: true, requestId: "r" } });
      expect(codec.decode(frames.take()).headers[":exception-type"]?.value).toBe(type);
    },
  );

  test("the first and the last line of a complete answer add no frame", () => {
    const frames = new FrameBuffer();
    frames.own({ type: "start", version: 1, requestId: "r", modelId: "m" });
    frames.own({ type: "end", stopReason: "end_turn", timing: { totalMs: 1 } });
    expect(frames.take()).toHaveLength(0);
  });

  test("a ping line becomes an event called ping", () => {
    const frames = new FrameBuffer();
    frames.own({ type: "ping" });
    const { headers, body } = codec.decode(frames.take());
    expect([headers[":message-type"]?.value, headers[":event-type"]?.value]).toEqual(["event", "ping"]);
    expect(Buffer.from(body).toString()).toBe("{}");
  });
});
