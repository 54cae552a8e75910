// Tests the decoder of application/vnd.amazon.eventstream against AWS's own codec.
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { EventStreamDecoder } from "../../../lib/stream/events/event-stream-decoder.ts";
import { EventStreamCorrupt } from "../../../lib/stream/events/frame-headers.ts";
import { codec, eventFrame, sampleAnswer } from "../../support/frames/aws-frames.ts";

interface Decoded {
  headers: Record<string, unknown>;
  payload: string;
}

function decode(chunks: Buffer[]): Decoded[] {
  const frames: Decoded[] = [];
  const decoder = new EventStreamDecoder(({ headers, payload }) => {
    frames.push({ headers: Object.fromEntries(headers), payload: payload.toString() });
  });
  for (const chunk of chunks) decoder.push(chunk);
  return frames;
}

function decodedByAws(frame: Buffer): Decoded {
  const { headers, body } = codec.decode(frame);
  return {
    headers: Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value])),
    payload: Buffer.from(body).toString(),
  };
}

/** Corrects the frame's checksums, so that the frame has no other fault than the one under test. */
function resealed(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
}

const sample = Buffer.concat(sampleAnswer);
const expected = sampleAnswer.map(decodedByAws);

describe("complete frames", () => {
  test("complete frames are decoded as AWS's codec decodes them", () => {
    expect(decode([sample])).toEqual(expected);
  });

  test("complete frames are the same wherever the bytes are split", () => {
    for (let at = 0; at <= sample.length; at++) {
      expect(decode([sample.subarray(0, at), sample.subarray(at)])).toEqual(expected);
    }
  });

  test("complete frames are the same when every byte arrives alone", () => {
    const bytes = Array.from(sample, (byte) => Buffer.from([byte]));
    expect(decode(bytes)).toEqual(expected);
  });

  test("complete frames keep headers of every type", () => {
    const bytes = codec.encode({
      headers: {
        yes: { type: "boolean", value: true },
        no: { type: "boolean", value: false },
        byte: { type: "byte", value: -7 },
        short: { type: "short", value: -700 },
        integer: { type: "integer", value: -70_000 },
        binary: { type: "binary", value: Uint8Array.from([1, 2, 3]) },
        string: { type: "string", value: "世界" },
        timestamp: { type: "timestamp", value: new Date(1_700_000_000_000) },
        uuid: { type: "uuid", value: "00010203-0405-0607-0809-0a0b0c0d0e0f" },
      },
      body: new Uint8Array(),
    });
    const [frame] = decode([Buffer.from(bytes)]);
    expect(frame?.headers).toEqual({
      yes: true,
      no: false,
      byte: -7,
      short: -700,
      integer: -70_000,
      binary: Uint8Array.from([1, 2, 3]),
      string: "世界",
      timestamp: new Date(1_700_000_000_000),
      uuid: Uint8Array.from({ length: 16 }, (_, index) => index),
    });
  });

  test("a complete frame may have neither headers nor payload", () => {
    const bytes = Buffer.from(codec.encode({ headers: {}, body: new Uint8Array() }));
    expect(decode([bytes, sample])).toEqual([{ headers: {}, payload: "" }, ...expected]);
  });

  test("frames of 16 MB are decoded from small chunks", () => {
    const large = eventFrame("contentBlockDelta", { delta: { text: "x".repeat(16 * 1024 * 1024) } });
    const pieces = Array.from({ length: Math.ceil(large.length / 1000) }, (_, index) =>
      large.subarray(index * 1000, index * 1000 + 1000),
    );
    const frames = decode([...pieces, sample]);
    expect(frames[0]?.payload.length).toBe(large.length - 16 - large.readUInt32BE(4));
    expect(frames.slice(1)).toEqual(expected);
  });
});

describe("an incomplete frame", () => {
  test("an incomplete frame is held back wherever it is cut, and the frames before it are decoded at once", () => {
    const ends = sampleAnswer.map((_, index) => Buffer.concat(sampleAnswer.slice(0, index + 1)).length);
    for (let at = 1; at < sample.length; at++) {
      const complete = ends.filter((end) => end <= at).length;
      expect(decode([sample.subarray(0, at)]), `cut at ${at}`).toEqual(expected.slice(0, complete));
    }
  });
});

describe("broken bytes", () => {
  test("broken bytes are rejected wherever a bit is flipped, and the valid frames before them are decoded", () => {
    const first = sampleAnswer[0] as Buffer;
    for (let at = 0; at < first.length; at++) {
      const broken = Buffer.from(first);
      broken[at] = (broken[at] as number) ^ 0x10;
      const frames: unknown[] = [];
      const decoder = new EventStreamDecoder((frame) => frames.push(frame));
      expect(() => decoder.push(Buffer.concat([first, broken])), `byte ${at}`).toThrow(EventStreamCorrupt);
      expect(() => codec.decode(broken)).toThrow();
      expect(frames).toHaveLength(1);
    }
  });

  test.each([
    ["is longer than 24 MB", (bytes: Buffer) => bytes.writeUInt32BE(0xffff_ffff, 0), /too large/],
    ["has more than 128 KB of headers", (bytes: Buffer) => bytes.writeUInt32BE(0x0002_0001, 4), /too large/],
    ["is shorter than its headers", (bytes: Buffer) => bytes.writeUInt32BE(20, 0), /cannot hold/],
    ["has a header that ends beyond the headers", (bytes: Buffer) => bytes.writeUInt8(250, 12), /cut short/],
    ["has a header of an unknown type", (bytes: Buffer) => bytes.writeUInt8(10, 13 + 11), /unknown type 10/],
  ])("a frame with correct checksums is rejected if it %s", (_, spoil, message) => {
    const bytes = eventFrame("messageStart", { role: "assistant" });
    spoil(bytes);
    expect(() => decode([resealed(bytes)])).toThrow(message);
  });

  test("bytes with a false length do not make the decoder reserve memory", () => {
    const prelude = Buffer.from(eventFrame("messageStart", {}).subarray(0, 12));
    prelude.writeUInt32BE(24 * 1024 * 1024, 0);
    prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
    const before = process.memoryUsage().arrayBuffers;
    expect(decode([prelude])).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });
});
