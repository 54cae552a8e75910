// The shape of an event's JSON: all but the contents of the strings among its values. Consecutive deltas have the same shape.
import { isUtf8 } from "node:buffer";
import { isPlainObject } from "../lines/plain-json.ts";

/** The pieces of JSON around those contents. The first piece ends with a quote, and the last one begins with a quote. */
export type EventShape = readonly Buffer[];

/** A JSON string, and the colon that follows if the string is the name of a member. */
const strings = /"((?:[^"\\]|\\.)*)"(:?)/g;

/** Returns undefined if the payload is not plain (plain-json.ts): it may have to be changed before it is written into a line. */
export function shapeOf(payload: Buffer): EventShape | undefined {
  const text = payload.toString("latin1");
  if (!isPlainObject(text) || !isUtf8(payload)) return undefined;
  const pieces: Buffer[] = [];
  let start = 0;
  for (const { index, 1: content = "", 2: colon } of text.matchAll(strings)) {
    if (colon) continue;
    pieces.push(payload.subarray(start, index + 1));
    start = index + 1 + content.length;
  }
  return [...pieces, payload.subarray(start)].map((piece) => Buffer.from(piece));
}

const quote = 0x22;
const backslash = 0x5c;
/** 1 for each byte that may follow a backslash, except `u`, which is rare. */
const escapes = new Uint8Array(256);
for (const byte of Buffer.from(`"\\/bfnrt`)) escapes[byte] = 1;

/** True only if the bytes from `start` to `end` have the shape and valid strings. They are then the JSON of a plain object. */
export function hasShape(shape: EventShape, bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  let isAscii = true;
  for (let index = 0; ; index++) {
    const piece = shape[index]!;
    if (piece.length > end - at) return false;
    for (let offset = 0; offset < piece.length; offset++) if (bytes[at++] !== piece[offset]) return false;
    if (index === shape.length - 1) return at === end && (isAscii || isUtf8(bytes.subarray(start, end)));
    for (; bytes[at] !== quote; at++) {
      const byte = bytes[at]!;
      if (at >= end || byte < 0x20) return false;
      if (byte === backslash && !escapes[bytes[++at]!]) return false;
      if (byte >= 0x80) isAscii = false;
    }
  }
}
