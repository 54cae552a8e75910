// Computes the CRC-32 of a delta's payload in JavaScript. For so few bytes, the mere call of zlib's function takes longer.
// https://create.stephan-brumme.com/crc32/#slicing-by-4

/**
 * Returns the checksum of the bytes from `start` to `end` as a signed integer. `before` is the checksum of the bytes before
 * them, or 0 if there are none.
 */
export function shortChecksum(bytes: DataView, start: number, end: number, before: number): number {
  let rest = ~before;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    rest ^= bytes.getInt32(at, true);
    rest =
      tables[0x300 + (rest & 0xff)]! ^
      tables[0x200 + ((rest >>> 8) & 0xff)]! ^
      tables[0x100 + ((rest >>> 16) & 0xff)]! ^
      tables[rest >>> 24]!;
  }
  for (; at < end; at++) rest = (rest >>> 8) ^ tables[(rest ^ bytes.getUint8(at)) & 0xff]!;
  return ~rest;
}

/**
 * Four tables of 256 entries. The first has the checksum of each byte. In the others, one to three zero bytes follow the byte.
 */
const tables = new Int32Array(4 * 256);

/** Call this before the first checksum. Loading the file does not do it, because a cold start does not need the tables. */
export function makeTables(): void {
  if (tables[1] !== 0) return;
  for (let at = 0; at < tables.length; at++) {
    let rest = at < 256 ? at : tables[at - 256]!;
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
    tables[at] = rest;
  }
}
