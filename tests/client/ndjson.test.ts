// Tests that the line decoder finds the same lines however the bytes are split, returns only complete lines, and limits memory.
import { describe, expect, test } from "vitest";
import { BadLineError, createLineDecoder } from "../../lib/client/ndjson.ts";
import { cpuTime } from "../support/processes/cpu-time.ts";
import { scaled } from "../support/deadline.ts";
import { createRandom } from "../support/random.ts";
import { sampleBytes, sampleEvents } from "../support/frames/sample-stream.ts";

const megabyte = 1024 * 1024;

/** Decodes the chunks, and returns the events and the error that followed them. */
function decode(
  chunks: Iterable<Uint8Array>,
  maxLineLength = megabyte,
): { events: unknown[]; error?: unknown } {
  const decoder = createLineDecoder(maxLineLength);
  const events: unknown[] = [];
  try {
    for (const chunk of chunks) {
      for (const { line } of decoder.push(chunk)) if (line) events.push(line);
    }
    return { events };
  } catch (error) {
    return { events, error };
  }
}

function* splitEvery(bytes: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

describe("createLineDecoder()", () => {
  test.each([1, 2, 3, 7, 64, 4096])(
    "the line decoder decodes the same events from chunks of %i bytes",
    (size) => {
      expect(decode(splitEvery(sampleBytes, size))).toEqual({ events: sampleEvents });
    },
  );

  test("the line decoder decodes the same events from two chunks, wherever they are split", () => {
    for (let at = 0; at <= sampleBytes.length; at += 1) {
      const chunks = [sampleBytes.subarray(0, at), sampleBytes.subarray(at)];
      expect(decode(chunks), `split at ${at}`).toEqual({ events: sampleEvents });
    }
  });

  test("the line decoder decodes the same events from random chunks, some of them empty", () => {
    const seed = 7;
    const random = createRandom(seed);
    for (let round = 0; round < 200; round += 1) {
      const chunks: Buffer[] = [];
      for (let start = 0; start < sampleBytes.length;) {
        const size = random.below(random.pick([2, 40, 400]));
        chunks.push(sampleBytes.subarray(start, start + size));
        start += size;
      }
      expect(decode(chunks), `round ${round} of seed ${seed}`).toEqual({ events: sampleEvents });
    }
  });

  test("the line decoder returns a line only after its newline", () => {
    expect(decode([Buffer.from('{"type":"a"}\n{"type":"end"}')]).events).toEqual([{ type: "a" }]);
    expect(decode([Buffer.from('{"type":"a"}'), Buffer.from("\n")]).events).toEqual([{ type: "a" }]);
  });

  test("the line decoder skips blank lines and accepts carriage returns", () => {
    expect(decode([Buffer.from('\n\r\n  \n{"type":"a"}\r\n\n')])).toEqual({ events: [{ type: "a" }] });
  });

  test.each([
    ["text that is not JSON", "secret text"],
    ["JSON that was cut", '{"type":"sec'],
    ["an array", '["secret"]'],
    ["null", "null"],
    ["a string", '"secret"'],
    ["an object without a type", '{"text":"secret"}'],
    ["an object whose type is not a string", '{"type":1,"text":"secret"}'],
    ["two objects", '{"type":"a"}{"type":"secret"}'],
    ["a byte order mark", '\uFEFF{"type":"secret"}'],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0x22, 0xe4, 0x22, 0x7d])],
    [
      "half a character",
      Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xf0, 0x9f]), Buffer.from('"}')]),
    ],
  ])(
    "the line decoder returns the lines before %s, then throws an error that does not quote it",
    (_, bad) => {
      const bytes = Buffer.concat([
        Buffer.from('{"type":"a"}\n{"type":"b"}\n'),
        Buffer.from(bad),
        Buffer.from('\n{"type":"c"}\n'),
      ]);
      for (const size of [1, 5, bytes.length]) {
        const { events, error } = decode(splitEvery(bytes, size));
        expect(events).toEqual([{ type: "a" }, { type: "b" }]);
        expect(error).toBeInstanceOf(BadLineError);
        expect(error).toMatchObject({
          code: "StreamCorrupt",
          message: expect.not.stringContaining("secret"),
        });
      }
    },
  );

  test("the line decoder accepts a line of maxLineLength bytes and rejects a longer one, however the bytes are split", () => {
    const line = Buffer.from('{"type":"größe"}');
    for (const size of [1, 3, 1000]) {
      const bytes = Buffer.concat([Buffer.from('{"type":"a"}\n'), line, Buffer.from("\n")]);
      expect(decode(splitEvery(bytes, size), line.length).events).toEqual([{ type: "a" }, { type: "größe" }]);
      const { events, error } = decode(splitEvery(bytes, size), line.length - 1);
      expect(events).toEqual([{ type: "a" }]);
      expect(error).toMatchObject({ code: "LineTooLong" });
    }
  });

  test("the line decoder rejects an endless line as soon as it exceeds the limit", () => {
    let chunks = 0;
    function* endless(): Generator<Uint8Array> {
      for (;;) {
        chunks += 1;
        yield new Uint8Array(1000).fill(0x20);
      }
    }
    expect(decode(endless(), 10_000).error).toMatchObject({ code: "LineTooLong" });
    expect(chunks).toBe(11);
  });

  test("the line decoder takes linear time for a long line in small chunks", () => {
    const bytes = Buffer.from(`{"type":"a","text":"${"x".repeat(4 * megabyte)}"}\n`);
    const spent = cpuTime(() => {
      expect(decode(splitEvery(bytes, 64), 8 * megabyte).events).toHaveLength(1);
    });
    // This usually takes 30 ms. A decoder that copies the whole line for each chunk moves 130 GB, which takes more than 10 s.
    expect(spent).toBeLessThan(scaled(3000));
  });
});
