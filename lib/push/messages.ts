// Packs lines into messages. A message has one or more whole lines, or one part of a line that is too long for a message.
//
// API Gateway closes a WebSocket connection with the code 1009 after a frame of more than 32 KB:
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html

/** The members that are the same in every message of an answer. */
export interface MessageHeader {
  requestId: string;
  /** Random for each invocation, because Lambda may deliver an event twice, with the same request id. */
  run: string;
  /** The `id` that the caller gave the question. */
  id?: string | number | undefined;
  /** Set if the message is the reply to an action. `id` is then the one that the caller gave the action. */
  action?: "cancel";
}

/** Bytes of UTF-8, a little below the limit of a frame. API Gateway bills each 32 KB, so longer messages would not be cheaper. */
export const maxMessageBytes = 32_000;

export class Messages {
  readonly #beginning: string;
  #end: string;
  readonly #maxBytes: number;
  /** Lines without their newlines. The first one may be the rest of a line that was sent in part. */
  readonly #lines: Buffer[] = [];
  #waiting = 0;
  #isInLine = false;
  #seq = 0;

  constructor({ requestId, run, ...rest }: MessageHeader, maxBytes = maxMessageBytes) {
    this.#beginning = `${JSON.stringify({ requestId, run }).slice(0, -1)},"seq":`;
    this.#end = membersOf(rest);
    this.#maxBytes = maxBytes;
  }

  /** Adds members to all messages that are made from now on. */
  beginWith(members: { status: number; retryAfter?: number }): void {
    this.#end += membersOf(members);
  }

  /** The number of bytes that are not in a message yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether the waiting lines fill a message, so that collecting more lines would not save a message. */
  get isFull(): boolean {
    return this.#waiting >= this.#maxBytes;
  }

  /** Adds complete lines, each with its newline. */
  add(bytes: Buffer): void {
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      this.#lines.push(bytes.subarray(start, end));
      this.#waiting += end - start;
      start = end + 1;
    }
  }

  /** Takes the next message out. Returns undefined if nothing is waiting. */
  next(): Buffer | undefined {
    const [first] = this.#lines;
    if (first === undefined) return undefined;
    const head = Buffer.from(`${this.#beginning}${this.#seq++}${this.#end}`);
    const room = this.#maxBytes - head.length - longestFrame;
    const fits = first.length <= room && !this.#isInLine;
    return Buffer.concat(fits ? [head, ...this.#takeLines(room)] : [head, ...this.#takePiece(first, room)]);
  }

  /** Replaces the last message, which was refused: drops the waiting lines, adds `line`, and uses the message's number again. */
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
      // Each line is counted with a comma, but the last one has none.
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

/** The members of an object as JSON text, with a comma before each. */
function membersOf(value: object): string {
  return JSON.stringify(value).slice(1, -1).replace(/^./, ",$&");
}

/** How many bytes of the line fit into `room` bytes when they are escaped for a JSON string. Never cuts a character. */
function endOfPiece(line: Buffer, room: number): number {
  let end = 0;
  for (let used = 0; end < line.length; end++) {
    const byte = line[end]!;
    // Nothing else needs escaping: a line is JSON text, in which control characters are already escaped.
    used += byte === quote || byte === backslash ? 2 : 1;
    if (used > room) break;
  }
  // Go back to the first byte of a character: https://www.rfc-editor.org/rfc/rfc3629#section-3
  while (end < line.length && (line[end]! & 0xc0) === 0x80) end--;
  return end;
}

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const comma = Buffer.from(",");
const linesStart = Buffer.from(`,"lines":[`);
const linesEnd = Buffer.from("]}");
/** The number of bytes around a piece, which is more than around lines. */
const longestFrame = `,"piece":"","more":true}`.length;
