// Computes CRC-32, eight bytes at a time. https://create.stephan-brumme.com/crc32/#slicing-by-8-overview

/**
 * Eight tables of 256 entries, from address 0. The first has the checksum of each byte. In the others, one to seven zero bytes
 * follow the byte.
 */
export function makeTables(): void {
  for (let at: u32 = 0; at < 8 * 256; at++) {
    let rest: u32 = at < 256 ? at : load<u32>((at - 256) << 2);
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
    store<u32>(at << 2, rest);
  }
}

/** `before` is the checksum of the bytes before `start`, or 0. */
export function checksum(start: usize, end: usize, before: u32): u32 {
  let rest = ~before;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const low = rest ^ load<u32>(at);
    const high = load<u32>(at, 4);
    rest =
      entry(7, low) ^
      entry(6, low >>> 8) ^
      entry(5, low >>> 16) ^
      entry(4, low >>> 24) ^
      entry(3, high) ^
      entry(2, high >>> 8) ^
      entry(1, high >>> 16) ^
      entry(0, high >>> 24);
  }
  for (; at < end; at++) rest = (rest >>> 8) ^ entry(0, rest ^ load<u8>(at));
  return ~rest;
}

function entry(table: u32, index: u32): u32 {
  return load<u32>((table << 10) + ((index & 0xff) << 2));
}
