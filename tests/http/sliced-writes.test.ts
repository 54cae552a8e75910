// Tests that slices of large writes keep their order and show a slow reader's progress.
import { once } from "node:events";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { sliceBytes, SlicedWrites } from "../../lib/http/sliced-writes.ts";
import { waitFor } from "../support/deadline.ts";

/** A stream that takes one write for each call of `take`. */
class Held extends Writable {
  readonly taken: Buffer[] = [];
  #callback: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 16 * 1024 });
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.taken.push(chunk);
    this.#callback = callback;
  }

  /** Takes one write. Resolves after the stream has emitted the events that follow from it. */
  async take(): Promise<void> {
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.();
    await new Promise(setImmediate);
  }
}

function start() {
  const stream = new Held();
  const writes = new SlicedWrites(stream as never);
  const progress: boolean[] = [];
  stream.on("drain", () => progress.push(writes.writeOn()));
  return { stream, writes, progress };
}

function numbered(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => index % 251));
}

test("a large write is sent in slices, and the waiting length shrinks with each slice that the stream takes", async () => {
  const { stream, writes, progress } = start();
  const large = numbered(sliceBytes * 3 + 5);
  expect(writes.write(large)).toBe(false);
  expect(writes.length).toBe(large.length);
  for (const left of [sliceBytes * 2 + 5, sliceBytes + 5, 5]) {
    await stream.take();
    expect(writes.length).toBe(left);
  }
  expect(stream.taken.map(({ length }) => length)).toEqual([sliceBytes, sliceBytes, sliceBytes, 5]);
  expect(Buffer.concat(stream.taken).equals(large)).toBe(true);
  // The last slice fits into the stream's buffer (it is below the high water mark), so more may be written.
  expect(progress).toEqual([false, false, true]);
});

test("later writes are sent after the waiting slices", async () => {
  const { stream, writes } = start();
  const parts = [
    numbered(sliceBytes * 2 + 1),
    Buffer.from("small"),
    numbered(sliceBytes + 1),
    Buffer.from("last"),
  ];
  for (const part of parts) expect(writes.write(part)).toBe(false);
  while (writes.length > 0) await stream.take();
  expect(Buffer.concat(stream.taken).equals(Buffer.concat(parts))).toBe(true);
});

test("the stream ends once, after the last slice", async () => {
  const { stream, writes } = start();
  writes.write(numbered(sliceBytes * 2));
  writes.end();
  expect(stream.writableEnded).toBe(false);
  await stream.take();
  expect(stream.writableEnded).toBe(true);
  const finished = once(stream, "finish");
  await stream.take();
  await waitFor("The stream's end", finished);
  expect(stream.taken).toHaveLength(2);
});

test("the stream ends at once if nothing is waiting", async () => {
  const { stream, writes } = start();
  writes.end();
  await waitFor("The stream's end", once(stream, "finish"));
});

test.each([1, sliceBytes])("a write of %i bytes is passed to the stream unchanged", (length) => {
  const { stream, writes } = start();
  const bytes = numbered(length);
  expect(writes.write(bytes)).toBe(length < 16 * 1024);
  expect(stream.taken[0]).toBe(bytes);
});
