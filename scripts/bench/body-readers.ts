// Functions that read the body that a contender sends: as a whole, at full speed, slowly, or with the time of each delta.
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { stampPattern } from "./upstream-model.ts";

/** The runtime's prelude is a JSON object followed by eight zero bytes. */
const preludeEnd = Buffer.alloc(8);

/** Resolves with the body after the prelude. */
export async function readComplete(body: Readable): Promise<Buffer> {
  const bytes = Buffer.concat((await body.toArray()) as Buffer[]);
  const at = bytes.indexOf(preludeEnd);
  return at < 0 ? bytes : bytes.subarray(at + preludeEnd.length);
}

/** Pieces of an answer: the bytes of a body, or the texts of messages. */
export type Pieces = AsyncIterable<Buffer | string>;

/** Resolves with the number of bytes, or of characters if the pieces are texts. */
export async function countBytes(body: Pieces): Promise<number> {
  let count = 0;
  for await (const { length } of body) count += length;
  return count;
}

/** Pauses after each megabyte. Resolves with the number of bytes. */
export async function readSlowly(body: Readable, restMs: number): Promise<number> {
  let count = 0;
  let sinceRest = 0;
  for await (const chunk of body) {
    const { length } = chunk as Buffer;
    count += length;
    sinceRest += length;
    if (sinceRest < 1_000_000) continue;
    sinceRest = 0;
    await setTimeout(restMs);
  }
  return count;
}

export interface Arrivals {
  /** A time of `performance.now()`. */
  firstByteAt: number;
  firstDeltaAt: number;
  /** For each delta, the microseconds from its creation to its arrival here. */
  delays: number[];
}

export async function readStamped(body: Pieces): Promise<Arrivals> {
  let firstByteAt = 0;
  let firstDeltaAt = 0;
  const delays: number[] = [];
  for await (const chunk of body) {
    const now = process.hrtime.bigint();
    firstByteAt ||= performance.now();
    for (const [, stamp = "0"] of chunk.toString("latin1").matchAll(stampPattern)) {
      firstDeltaAt ||= performance.now();
      delays.push(Number(now - BigInt(stamp)) / 1000);
    }
  }
  return { firstByteAt, firstDeltaAt, delays };
}
