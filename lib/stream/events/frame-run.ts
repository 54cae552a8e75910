// Reads runs of similar frames, such as the deltas in one chunk, and makes their lines. The WebAssembly program of
// ../frame-program does the work.
//
// The program is there for speed: a single call of one of Node's native functions takes longer than all of the program's work on
// a delta. JavaScript is about as fast as the program, but only after thousands of deltas, when V8 has optimized it.
import { isUtf8 } from "node:buffer";
import { frameProgram } from "./compiled-frame-program.ts";

/** The bytes before and after the members of an event in its line. Both are empty in formats without lines. */
export interface LineParts {
  beginning: Buffer;
  end: Buffer;
}

/** In bytes. The program's memory has an area of this size for the headers, and another for the parts of a line. */
const partsRoom = 1024;
/** In bytes. The area for frames. */
const framesRoom = 64 * 1024;

/** Frames that follow each other in `source`, all valid and with the same headers. */
export class FrameRun {
  source = nothing;
  start = 0;
  end = 0;
  count = 0;
  /** The lines of the frames. Only valid until the next call of `read` of any run. */
  lines = nothing;
  #expected: Expected = { headers: nothing, line: { beginning: nothing, end: nothing } };
  #refused: Buffer | undefined;

  /** Sets the headers that the next frames need to have, and the parts of their lines. */
  follow(headers: Buffer, line: LineParts): void {
    const { headers: lastHeaders, line: lastLine } = this.#expected;
    if (headers !== lastHeaders || line !== lastLine) this.#expected = { headers, line };
  }

  /**
   * Reads frames from `start` up to one that has other headers, is longer than 1023 bytes, incomplete or not valid, or whose JSON
   * cannot be copied into a line unchanged. Returns the start of that frame. The caller then reads that frame on its own, which
   * also shows whether there is an error.
   */
  read(source: Buffer, start: number): number {
    this.source = source;
    this.start = this.end = start;
    this.count = 0;
    if (source === this.#refused || (loaded !== this.#expected && !loadProgram(this.#expected))) return start;
    const { memory, inputAt, linesAt, results, read } = program!;
    const isWhole = start === 0 && source.length <= framesRoom;
    const frames = isWhole ? source : source.subarray(start, start + framesRoom);
    memory.set(frames, inputAt);
    const end = start + read(frames.length);
    if (end === start) return start;
    const count = results[0]!;
    const linesLength = results[1]!;
    const hasBeyondAscii = results[2]!;
    this.lines = memory.subarray(linesAt, linesAt + linesLength);
    if (hasBeyondAscii !== 0 && !isUtf8(this.lines)) {
      // One by one, the frames before the wrong one are still passed on.
      this.#refused = source;
      return start;
    }
    this.count = count;
    return (this.end = end);
  }
}

/** The headers that frames of a run need to have, and the parts of their lines. */
interface Expected {
  headers: Buffer;
  line: LineParts;
}

/** The exports of ../frame-program/frame-program.ts. A number that it exports is an object with a `value`. */
interface Exports {
  memory: { buffer: ArrayBuffer };
  headersAt: { value: number };
  lineAt: { value: number };
  resultsAt: { value: number };
  inputAt: { value: number };
  linesAt: { value: number };
  follow(headersLength: number, beginningLength: number, endLength: number): void;
  read(inputLength: number): number;
}

interface Program extends Pick<Exports, "follow" | "read"> {
  memory: Buffer;
  headersAt: number;
  lineAt: number;
  inputAt: number;
  linesAt: number;
  results: Uint32Array;
}

interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: Exports };
}

const nothing: Buffer = Buffer.alloc(0);
/** One for the whole process, because it takes a millisecond to load. */
let program: Program | undefined;
/** What the program was given last. A process can read several answers at once, and they share the program. */
let loaded: Expected | undefined;

/** Gives the program the headers and the parts. Returns false if it cannot read such frames. */
function loadProgram(expected: Expected): boolean {
  const {
    headers,
    line: { beginning, end },
  } = expected;
  if (headers.length > partsRoom || beginning.length + end.length > partsRoom) return false;
  program ??= createProgram();
  if (!program) return false;
  loaded = expected;
  const { memory, headersAt, lineAt } = program;
  memory.set(headers, headersAt);
  memory.set(beginning, lineAt);
  memory.set(end, lineAt + beginning.length);
  program.follow(headers.length, beginning.length, end.length);
  return true;
}

/** Returns undefined where there is no WebAssembly, as with Node's option `--jitless`. */
function createProgram(): Program | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyApi };
  if (!WebAssembly) return undefined;
  const module = new WebAssembly.Module(Buffer.from(frameProgram, "base64"));
  const { follow, read, memory, headersAt, lineAt, resultsAt, inputAt, linesAt } = new WebAssembly.Instance(
    module,
  ).exports;
  return {
    follow,
    read,
    memory: Buffer.from(memory.buffer),
    headersAt: headersAt.value,
    lineAt: lineAt.value,
    inputAt: inputAt.value,
    linesAt: linesAt.value,
    results: new Uint32Array(memory.buffer, resultsAt.value, 3),
  };
}
