// Generates valid and invalid event streams, and compares our decoder with AWS's codec.
import fc from "fast-check";
import { expect, test } from "vitest";
import { EventStreamDecoder } from "../../lib/stream/events/event-stream-decoder.ts";
import { EventStreamCorrupt, type HeaderValue } from "../../lib/stream/events/frame-headers.ts";
import { codec } from "../support/frames/aws-frames.ts";
import { parameters } from "../support/generated.ts";
import { good, numberedHeader, split, splits, frameStream } from "../support/frames/generated-frames.ts";

interface Decoded {
  headers: Map<string, HeaderValue>;
  payload: Buffer;
}

function decode(chunks: Buffer[]): { frames: Decoded[]; corrupt: boolean } {
  const frames: Decoded[] = [];
  const decoder = new EventStreamDecoder((frame) =>
    frames.push({ headers: new Map(frame.headers), payload: Buffer.from(frame.payload) }),
  );
  try {
    for (const chunk of chunks) decoder.push(chunk);
    return { frames, corrupt: false };
  } catch (error) {
    if (!(error instanceof EventStreamCorrupt)) throw error;
    return { frames, corrupt: true };
  }
}

/** Decodes frames with AWS's codec up to the first invalid one. */
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

/**
 * Converts a value to the form that our decoder returns. AWS's codec returns an object of its own class for a 64-bit integer,
 * and a string for a UUID.
 */
function plain(value: unknown): HeaderValue {
  if (typeof value === "object" && value !== null && "bytes" in value) {
    return Buffer.from((value as { bytes: Uint8Array }).bytes).readBigInt64BE();
  }
  const isUuid = typeof value === "string" && /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/.test(value);
  return isUuid ? Uint8Array.from(Buffer.from(value.replaceAll("-", ""), "hex")) : (value as HeaderValue);
}

/**
 * Removes what cannot be compared because AWS's codec loses it. The codec returns headers as an object, in which numeric
 * names are sorted and `__proto__` is missing, and it returns a UUID in the same way as a string header.
 */
function comparable(frames: Decoded[]): unknown[] {
  return frames.map(({ headers: found, payload }) => ({
    headers: [...found]
      .filter(([name]) => name !== "__proto__")
      .map(([name, value]): [string, HeaderValue] => [name, plain(value)])
      .sort(([one], [other]) => (one < other ? -1 : 1)),
    payload: payload.toString("hex"),
  }));
}

const usualRuns = 1000;

test("any bytes in any chunks decode to the frames that AWS's codec decodes, and a false length does not reserve memory", () => {
  const property = fc.property(frameStream, splits, (bytes, places) => {
    const before = process.memoryUsage().arrayBuffers;
    const { frames, corrupt } = decode(split(bytes, places));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
    const theirs = comparable(decodedByAws(bytes));
    expect(comparable(frames)).toEqual(theirs.slice(0, frames.length));
    expect(decode([bytes])).toEqual({ frames, corrupt });
  });
  fc.assert(property, { ...parameters(usualRuns), examples: [[numberedHeader, []]] });
});

test("any frames from AWS's codec in any chunks are decoded unchanged", () => {
  const property = fc.property(fc.array(good, { maxLength: 8 }), splits, (parts, places) => {
    const bytes = Buffer.concat(parts);
    const { frames, corrupt } = decode(split(bytes, places));
    expect(corrupt).toBe(false);
    expect(comparable(frames)).toEqual(comparable(decodedByAws(bytes)));
    expect(frames).toHaveLength(parts.length);
  });
  fc.assert(property, parameters(usualRuns));
});
