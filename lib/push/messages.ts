// Packs lines into messages: several whole lines in one, or a part of a line that is too long for one.
//
// API Gateway closes a WebSocket connection with 1009 at a frame of more than 32 KB:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html

/** What every message of an answer begins with. */
export interface MessageHeader {
  requestId: string;
  /** Differs between two invocations with the same request, as when Lambda delivers an event twice. */
  run: string;
  /** The caller's own name for the question. */
  id?: string | number | undefined;
  /** Set if the message is the reply to an action on another question, which `id` names. */
  action?: "cancel";
}

/** Bytes of UTF-8, below the 32 KB of a frame. API Gateway bills by 32 KB, so longer ones would not be cheaper. */
export const maxMessageBytes = 32_000;

export class Messages {
  readonly #beginning: string;
  #end: string;
  readonly #maxBytes: number;
  /** Lines without their newlines. A part of the first one may be sent already. */
  readonly #lines: Buffer[] = [];
  #waiting = 0;
  #isInLine = false;
  #seq = 0;

  constructor({ requestId, run, ...rest }: MessageHeader, maxBytes = maxMessageBytes) {
    this.#beginning = `${JSON.stringify({ requestId, run }).slice(0, -1)},"seq":`;
    this.#end = membersOf(rest);
    this.#maxBytes = maxBytes;
  }

  /** Adds members to the messages that are still to come. */
  beginWith(members: { status: number; retryAfter?: number }): void {
    this.#end += membersOf(members);
  }

  /** The number of bytes that no message has taken. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether there is enough for a complete message, so that waiting for more would not save one. */
  get isFull(): boolean {
    return this.#waiting >= this.#maxBytes;
  }

  /** Takes complete lines, each with its newline. */
  add(bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      this.#lines.push(bytes.subarray(start, end));
      this.#waiting += end - start;
      start = end + 1;
    }
  }

  /** The next message, or undefined if nothing is waiting. */
  next(): Buffer | undefined {
    const [first] = this.#lines;
    if (first === undefined) return undefined;
    const head = Buffer.from(`${this.#beginning}${this.#seq++}${this.#end}`);
    const room = this.#maxBytes - head.length - longestFrame;
    const fits = first.length <= room && !this.#isInLine;
    return Buffer.concat(fits ? [head, ...this.#takeLines(room)] : [head, ...this.#takePiece(first, room)]);
  }

  /** Drops what is waiting, and puts one line in the place of the last message, which was not accepted. */
  replaceLast(line: Buffer): void {
    this.clear();
    this.#seq--;
    this.add(line);
  }

  clear(): void {
    this.#lines.length = 0;
    this.#waiting = 0;
    this.#isInLine = false;
  }

  #takeLines(room: number): Buffer[] {
    const parts: Buffer[] = [linesStart];
    let used = 0;
    let count = 0;
    for (const line of this.#lines) {
      used += line.length + 1;
      // The comma of the last line is not written.
      if (used - 1 > room) break;
      parts.push(...(count++ > 0 ? [comma] : []), line);
      this.#waiting -= line.length;
    }
    this.#lines.splice(0, count);
    return [...parts, linesEnd];
  }

  /** A part of the first line as a JSON string, with `more` if another part follows. */
  #takePiece(line: Buffer, room: number): Buffer[] {
    const end = endOfPiece(line, room);
    const piece = JSON.stringify(line.toString("utf8", 0, end));
    this.#isInLine = end < line.length;
    if (this.#isInLine) this.#lines[0] = line.subarray(end);
    else this.#lines.shift();
    this.#waiting -= end;
    return [Buffer.from(`,"piece":${piece}${this.#isInLine ? `,"more":true` : ""}}`)];
  }
}

/** The members of an object, each with a comma before it. */
function membersOf(value: object): string {
  return JSON.stringify(value).slice(1, -1).replace(/^./, ",$&");
}

/** The position after the last character of which all, written in a JSON string, fits into `room`. */
function endOfPiece(line: Buffer, room: number): number {
  let end = 0;
  for (let used = 0; end < line.length; end++) {
    const byte = line[end]!;
    // Only these are escaped: a line is JSON text, which has no control characters but escaped ones.
    used += byte === quote || byte === backslash ? 2 : 1;
    if (used > room) break;
  }
  // Not within a character: https://www.rfc-editor.org/rfc/rfc3629#section-3
  while (end < line.length && (line[end]! & 0xc0) === 0x80) end--;
  return end;
}

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const comma = Buffer.from(",");
const linesStart = Buffer.from(`,"lines":[`);
const linesEnd = Buffer.from("]}");
/** Of the two frames around content. */
const longestFrame = `,"piece":"","more":true}`.length;
