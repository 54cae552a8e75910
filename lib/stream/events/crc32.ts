// CRC-32 by Node's zlib. Loading zlib takes three milliseconds, so it is loaded with the first frame, after Bedrock was called.
import type { crc32 as Crc32 } from "node:zlib";

let loaded: typeof Crc32 | undefined;

/** `before` is the checksum of the bytes before `bytes`. Default: 0. */
export function crc32(bytes: Buffer, before?: number): number {
  loaded ??= process.getBuiltinModule("node:zlib").crc32;
  return loaded(bytes, before);
}
