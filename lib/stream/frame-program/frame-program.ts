// Verifies the frames of deltas and writes their lines. `npm run frame-program` compiles this AssemblyScript to WebAssembly.
//
// It reads from and writes to the module's memory, which `../events/frame-run.ts` fills. All positions are addresses in that
// memory. https://www.assemblyscript.org
import { checksum, makeTables } from "./checksum";
import { hasBeyondAscii, isPlainObject, resetText } from "./plain-object";

/** The areas of the memory. The checksum's tables come first. */
const preludesAt: usize = 0x2000;
const checksumsAt: usize = 0x3000;
export const headersAt: usize = 0x4000;
export const lineAt: usize = 0x4400;
/**
 * The results of `read`, each of four bytes: the number of frames, the length of their lines, and whether the lines have a byte
 * beyond ASCII. If they have one, the caller has to check that they are UTF-8.
 */
export const resultsAt: usize = 0x4f00;
export const inputAt: usize = 0x5000;
/** The program reads 16 bytes at a time. Such a read can begin in one area and end in the unused bytes behind it. */
export const linesAt: usize = 0x15100;
const linesEnd: usize = 0x2f000;

/** Bytes. Longer frames have no checksums in the tables below, and gain little from this program. */
const longestFrame: u32 = 1023;
const preludeLength: u32 = 12;
const checksumLength: u32 = 4;

let headersLength: u32 = 0;
let beginningLength: u32 = 0;
let endLength: u32 = 0;

makeTables();

/**
 * Sets the headers that frames need to have, and the parts of their lines. The arguments are lengths. The caller has written the
 * headers to `headersAt`, and to `lineAt` first the part before an event's members, and then the part after them.
 */
export function follow(headers: u32, beginning: u32, end: u32): void {
  headersLength = headers;
  beginningLength = beginning;
  endLength = end;
  memory.fill(preludesAt, 0, headersAt - preludesAt);
}

/**
 * Reads frames from `inputAt` up to one that has other headers, is long, incomplete or invalid, or whose payload is not plain.
 * Returns the length of the frames before it.
 */
export function read(inputLength: u32): u32 {
  const inputEnd = inputAt + inputLength;
  const shortest: u32 = preludeLength + headersLength + checksumLength;
  let at = inputAt;
  let line = linesAt;
  let frameCount: u32 = 0;
  resetText();
  while (<u32>(inputEnd - at) >= shortest) {
    const length = bswap(load<u32>(at));
    if (length < shortest || length > longestFrame || length > <u32>(inputEnd - at)) break;
    const payload = at + preludeLength + headersLength;
    const end = at + length - checksumLength;
    const longestLine: u32 = beginningLength + length + endLength;
    if (line + longestLine > linesEnd || !hasRightBytes(at, payload, end) || !isPlainObject(payload, end))
      break;
    copy(line, lineAt, beginningLength);
    line += beginningLength;
    // The beginning ends with a comma, which takes the place of the object's brace.
    copy(line, payload + 1, <u32>(end - payload) - 1);
    line += end - payload - 1;
    copy(line, lineAt + beginningLength, endLength);
    line += endLength;
    frameCount++;
    at += length;
  }
  store<u32>(resultsAt, frameCount);
  store<u32>(resultsAt + 4, <u32>(line - linesAt));
  store<u32>(resultsAt + 8, hasBeyondAscii);
  return <u32>(at - inputAt);
}

/** Whether the frame has the right headers and checksums. */
function hasRightBytes(frame: usize, payload: usize, end: usize): bool {
  if (
    bswap(load<u32>(frame, 4)) != headersLength ||
    !areSame(frame + preludeLength, headersAt, headersLength)
  )
    return false;
  const slot = (<u32>(end - frame) + checksumLength) << 2;
  let before = load<u32>(checksumsAt + slot);
  if (before != 0) {
    // A frame of this length was read before. Equal lengths and headers have equal checksums.
    if (load<u32>(preludesAt + slot) != load<u32>(frame, 8)) return false;
  } else {
    if (checksum(frame, frame + 8, 0) != bswap(load<u32>(frame, 8))) return false;
    before = checksum(frame, payload, 0);
    store<u32>(preludesAt + slot, load<u32>(frame, 8));
    store<u32>(checksumsAt + slot, before);
  }
  return checksum(payload, end, before) == bswap(load<u32>(end));
}

function areSame(left: usize, right: usize, length: u32): bool {
  let at: u32 = 0;
  for (; at + 8 <= length; at += 8) if (load<u64>(left + at) != load<u64>(right + at)) return false;
  for (; at < length; at++) if (load<u8>(left + at) != load<u8>(right + at)) return false;
  return true;
}

/** Copies 16 bytes at a time, and so up to 15 bytes more than `length`, which the next copy overwrites. */
function copy(to: usize, from: usize, length: u32): void {
  for (let at: u32 = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
}
