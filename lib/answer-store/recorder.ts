// Writes an answer into the table while it is sent: collects the bytes, and writes them as pieces, one at a time.
//
// A delta only adds a buffer to a list. If the table is slow, more bytes go into the next piece. If it is too slow or fails, the
// recording ends, and the answer goes on.
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { withResolvers } from "../shared/with-resolvers.ts";
import { TableError } from "./call-table.ts";
import type { Claim } from "./claim.ts";
import type { Pace } from "./pace.ts";
import type { AnswerTable } from "./table.ts";

const compress = promisify(gzip);

/** Bytes before compression. Even bytes that cannot be compressed stay below DynamoDB's limit of 400 KB for an item. */
const maxPieceBytes = 256 * 1024;
/** The most bytes that wait for the table before a new line may be too much. */
const maxWaitingBytes = 8 * 1024 * 1024;

/** `undecided`: the claim has not been answered yet, and the bytes are kept. */
export type RecordingState = "undecided" | "recording" | "complete" | "failed";

export class Recorder {
  readonly #table: AnswerTable;
  readonly #claim: Claim;
  readonly #pace: Pace;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #state: RecordingState = "undecided";
  #detail: string | undefined;
  #index = 0;
  #isWriting = false;
  #isEnding = false;
  #isFollowed = false;
  #timer: NodeJS.Timeout | undefined;
  #onFailed = (): void => undefined;
  #losing: Promise<void> | undefined;
  readonly #ended = withResolvers<void>();
  /** When the last piece was written, as `performance.now()`. */
  writtenAt = performance.now();

  constructor(table: AnswerTable, claim: Claim, pace: Pace) {
    this.#table = table;
    this.#claim = claim;
    this.#pace = pace;
  }

  get state(): RecordingState {
    return this.#state;
  }

  /** AWS's name for the error that ended the recording. */
  get detail(): string | undefined {
    return this.#detail;
  }

  /** Whether anything was written or is to be written. */
  get hasBytes(): boolean {
    return this.#index > 0 || this.#waitingBytes > 0 || this.#isWriting;
  }

  onFailed(listener: () => void): void {
    this.#onFailed = listener;
  }

  /** Called when the claim has succeeded. */
  begin(): void {
    if (this.#state !== "undecided") return;
    this.#state = "recording";
    this.#schedule();
  }

  append(bytes: Buffer): void {
    if (this.#state === "failed") return;
    if (this.#waitingBytes > maxWaitingBytes) return this.#lose("TooFarBehind");
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#state === "recording" && !this.#isWriting) this.#schedule();
  }

  /** Writes more often while somebody follows the answer. */
  setFollowed(isFollowed: boolean): void {
    if (this.#isFollowed === isFollowed) return;
    this.#isFollowed = isFollowed;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#state === "recording" && !this.#isWriting) this.#schedule();
  }

  /** Writes what is left. Resolves when it is written or given up, at the latest at `endAt`, a time of `performance.now()`. */
  async end(endAt: number): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#timer);
    if (this.#state === "recording" && !this.#isWriting) void this.#write();
    const late = withResolvers<void>();
    const timer = setTimeout(late.resolve, Math.max(0, endAt - performance.now()));
    await Promise.race([this.#ended.promise, late.promise]);
    if (this.#state !== "complete") this.#lose("LastWriteTooLate");
    await Promise.race([this.#losing, late.promise]);
    clearTimeout(timer);
  }

  /** Ends the recording. The claim is not changed. */
  fail(detail: string): void {
    if (this.#state === "failed" || this.#state === "complete") return;
    this.#settle("failed");
    this.#detail = detail;
    this.#onFailed();
  }

  /** Ends the recording, and says so in the claim, so that readers do not wait. If that fails too, they find out by waiting. */
  #lose(detail: string): void {
    if (this.#state === "recording") this.#losing = this.#table.lose(this.#claim).catch(() => undefined);
    this.fail(detail);
  }

  #settle(state: RecordingState): void {
    this.#state = state;
    this.#waiting = [];
    this.#waitingBytes = 0;
    clearTimeout(this.#timer);
    this.#ended.resolve();
  }

  #schedule(): void {
    if (this.#isEnding || this.#waitingBytes >= maxPieceBytes) return void this.#write();
    if (this.#timer !== undefined || this.#waitingBytes === 0) return;
    const wait = this.#isFollowed ? this.#pace.followedFlush : this.#pace.flush;
    this.#timer = setTimeout(() => void this.#write(), wait);
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isWriting = true;
    try {
      do await this.#writePiece();
      while (this.#state === "recording" && (this.#isEnding || this.#waitingBytes >= maxPieceBytes));
    } catch (error) {
      this.#lose(error instanceof TableError ? error.name : "InternalError");
    }
    this.#isWriting = false;
    if (this.#state === "recording") this.#schedule();
  }

  async #writePiece(): Promise<void> {
    const { bytes, isPartial } = this.#take();
    const isLast = this.#isEnding && this.#waitingBytes === 0;
    const piece = { compressed: await compress(bytes), isPartial, isLast, isRepair: false };
    const isOwn = await this.#table.add(this.#claim, this.#index, piece);
    // A follower has taken this invocation for dead, and has ended the answer.
    if (!isOwn) return this.fail("TakenForDead");
    this.#index++;
    this.writtenAt = performance.now();
    if (isLast && this.#state === "recording") this.#settle("complete");
  }

  /** Takes whole writes, so that a piece ends with a line. A write that is longer than a piece is divided. */
  #take(): { bytes: Buffer; isPartial: boolean } {
    let length = 0;
    let count = 0;
    for (const { length: more } of this.#waiting) {
      if (count > 0 && length + more > maxPieceBytes) break;
      length += more;
      count++;
    }
    const taken = this.#waiting.splice(0, count);
    const isPartial = length > maxPieceBytes;
    if (isPartial) this.#waiting.unshift(taken[0]!.subarray(maxPieceBytes));
    const bytes = isPartial ? taken[0]!.subarray(0, maxPieceBytes) : Buffer.concat(taken);
    this.#waitingBytes -= bytes.length;
    return { bytes, isPartial };
  }
}
