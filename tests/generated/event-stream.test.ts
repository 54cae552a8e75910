// Whatever bytes come as an event stream: our decoder gives nothing that AWS's codec refuses, and stays within bounds.
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EventStreamCorrupt, EventStreamDecoder, type HeaderValue } from "../../lib/stream/event-stream.ts";
import { codec } from "../support/aws-frames.ts";
import { parameters, timeLimit } from "../support/generated.ts";

const headers = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 40 }),
  fc.oneof(
    fc.record({ type: fc.constant("boolean" as const), value: fc.boolean() }),
    fc.record({ type: fc.constant("byte" as const), value: fc.integer({ min: -128, max: 127 }) }),
    fc.record({ type: fc.constant("short" as const), value: fc.integer({ min: -32768, max: 32767 }) }),
    fc.record({ type: fc.constant("integer" as const), value: fc.integer() }),
    fc.record({ type: fc.constant("binary" as const), value: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({
      type: fc.constant("string" as const),
      value: fc.string({ unit: "grapheme", maxLength: 40 }),
    }),
    fc.record({ type: fc.constant("uuid" as const), value: fc.uuid() }),
    fc.record({ type: fc.constant("timestamp" as const), value: fc.date({ noInvalidDate: true }) }),
  ),
  { maxKeys: 4 },
);
const good = fc
  .record({ headers, body: fc.uint8Array({ maxLength: 200 }) })
  .map((message) => Buffer.from(codec.encode(message)));
/** A good frame with a few bytes changed, and its checksums right again more often than not. */
const spoiled = fc
  .tuple(good, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }), fc.nat(3))
  .map(([frame, changes, resealing]) => {
    for (const [at, value] of changes) frame[at % frame.length] = value;
    if (resealing > 0) frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
    if (resealing > 1) frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
    return frame;
  });
/** Lengths of any size in a prelude that is right. */
const prelude = fc.tuple(fc.nat(0xffff_ffff), fc.nat(0xffff_ffff)).map(([length, headersLength]) => {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(headersLength, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
});
const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const stream = fc
  .array(fc.oneof({ weight: 4, arbitrary: good }, { weight: 3, arbitrary: spoiled }, prelude, noise), {
    maxLength: 6,
  })
  .map((parts) => Buffer.concat(parts));
const splits = fc.array(fc.nat(2000), { maxLength: 20 });

function split(bytes: Buffer, at: number[]): Buffer[] {
  const ends = [...new Set(at.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

interface Decoded {
  headers: Map<string, HeaderValue>;
  payload: Buffer;
}

function decode(chunks: Buffer[]): { frames: Decoded[]; held: number; corrupt: boolean } {
  const frames: Decoded[] = [];
  const decoder = new EventStreamDecoder((frame) =>
    frames.push({ headers: new Map(frame.headers), payload: Buffer.from(frame.payload) }),
  );
  try {
    for (const chunk of chunks) decoder.push(chunk);
    return { frames, held: decoder.heldLength, corrupt: false };
  } catch (error) {
    if (!(error instanceof EventStreamCorrupt)) throw error;
    return { frames, held: decoder.heldLength, corrupt: true };
  }
}

/** Frame after frame by AWS's codec, as far as it goes. */
function decodedByAws(bytes: Buffer): Decoded[] {
  const frames: Decoded[] = [];
  for (let at = 0; at + 16 <= bytes.length;) {
    const end = at + bytes.readUInt32BE(at);
    try {
      const { headers: found, body } = codec.decode(bytes.subarray(at, end));
      const entries = Object.entries(found).map(([name, { value }]): [string, HeaderValue] => [
        name,
        plain(value),
      ]);
      frames.push({ headers: new Map(entries), payload: Buffer.from(body) });
    } catch {
      return frames;
    }
    at = end;
  }
  return frames;
}

/** AWS's codec has classes of its own for 64 bits, and text for a UUID. */
function plain(value: unknown): HeaderValue {
  if (typeof value === "object" && value !== null && "bytes" in value) {
    return Buffer.from((value as { bytes: Uint8Array }).bytes).readBigInt64BE();
  }
  const isUuid = typeof value === "string" && /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/.test(value);
  return isUuid ? Uint8Array.from(Buffer.from(value.replaceAll("-", ""), "hex")) : (value as HeaderValue);
}

/** A text of the same form as a UUID cannot be told from one any more. */
function comparable(frames: Decoded[]): unknown[] {
  return frames.map(({ headers: found, payload }) => ({
    headers: [...found].map(([name, value]) => [name, plain(value)]),
    payload: payload.toString("hex"),
  }));
}

const usualRuns = 1000;

test(
  "any bytes, however they are split, give frames that AWS's codec gives too, and hold no more than came",
  () => {
    const property = fc.property(stream, splits, (bytes, places) => {
      const before = process.memoryUsage().arrayBuffers;
      const { frames, held, corrupt } = decode(split(bytes, places));
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
      expect(held).toBeLessThanOrEqual(bytes.length);
      const theirs = comparable(decodedByAws(bytes));
      expect(comparable(frames)).toEqual(theirs.slice(0, frames.length));
      expect(decode([bytes])).toEqual({ frames, held: corrupt ? expect.any(Number) : held, corrupt });
    });
    fc.assert(property, parameters(usualRuns));
  },
  timeLimit(usualRuns),
);

test(
  "any frames of AWS's codec, however they are split, are given as they are",
  () => {
    const property = fc.property(fc.array(good, { maxLength: 8 }), splits, (parts, places) => {
      const bytes = Buffer.concat(parts);
      const { frames, held, corrupt } = decode(split(bytes, places));
      expect({ held, corrupt }).toEqual({ held: 0, corrupt: false });
      expect(comparable(frames)).toEqual(comparable(decodedByAws(bytes)));
      expect(frames).toHaveLength(parts.length);
    });
    fc.assert(property, parameters(usualRuns));
  },
  timeLimit(usualRuns),
);
