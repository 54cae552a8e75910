// Writes an answer into the table while it is sent: collects the bytes, and writes them as pieces, one at a time.
//
// A delta only adds a buffer to a list. If the table is slow, more bytes go into the next piece. If it is too slow or fails, the
// recording ends, and the answer goes on.
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { withResolvers } from "../shared/with-resolvers.ts";
import { describeForLog, ignoreTableError } from "./call-table.ts";
import type { Claim } from "./claim.ts";
import type { Pace } from "./pace.ts";
import { PieceQueue } from "./piece-queue.ts";
import type { AnswerTable } from "./table.ts";
import { within } from "./within.ts";

const compress = promisify(gzip);

/** If more than this many bytes wait for the table, the next line ends the recording. */
const maxWaitingBytes = 8 * 1024 * 1024;

/** `undecided`: the table has not yet said whether the key is free. The bytes are kept until then. */
type RecordingState = "undecided" | "recording" | "complete" | "failed";

export class Recorder {
  readonly #table: AnswerTable;
  readonly #claim: Claim;
  readonly #pace: Pace;
  readonly #queue = new PieceQueue();
  readonly #ended = withResolvers<void>();
  #state: RecordingState = "undecided";
  #detail: string | undefined;
  #index = 0;
  #isWriting = false;
  #isEnding = false;
  #isFollowed = false;
  #timer: NodeJS.Timeout | undefined;
  #losing: Promise<void> | undefined;
  #onFailed = (): void => undefined;
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

  /** Why the recording has failed: AWS's name for the error, or a reason of our own. */
  get detail(): string | undefined {
    return this.#detail;
  }

  onFailed(listener: () => void): void {
    this.#onFailed = listener;
  }

  /** Called when the key turned out to be free. */
  begin(): void {
    if (this.#state !== "undecided") return;
    this.#state = "recording";
    this.#schedule();
  }

  append(bytes: Buffer): void {
    if (this.#state === "failed") return;
    if (this.#queue.length > maxWaitingBytes) return this.#lose("TooFarBehind");
    this.#queue.add(bytes);
    this.#schedule();
  }

  /** Writes more often while somebody follows the answer. */
  setFollowed(isFollowed: boolean): void {
    if (this.#isFollowed === isFollowed) return;
    this.#isFollowed = isFollowed;
    this.#stopTimer();
    this.#schedule();
  }

  /**
   * Writes the remaining bytes. Resolves when they are written or given up, at the latest at `endAt`, a time of
   * `performance.now()`.
   */
  async end(endAt: number): Promise<void> {
    this.#isEnding = true;
    this.#schedule();
    const left = () => Math.max(0, endAt - performance.now());
    await within(left(), this.#ended.promise);
    // The claim stays as it is, because the write may yet succeed.
    this.fail("LastWriteTooLate");
    if (this.#losing) await within(left(), this.#losing);
  }

  /** Ends the recording, without changing the claim. */
  fail(detail: string): void {
    if (this.#state === "failed" || this.#state === "complete") return;
    this.#settle("failed");
    this.#detail = detail;
    this.#onFailed();
  }

  /**
   * Ends the recording, and says so in the claim, so that readers do not wait. If the claim cannot be written either, readers
   * wait until they take this invocation for dead.
   */
  #lose(detail: string): void {
    if (this.#state === "recording") this.#losing = this.#table.lose(this.#claim).catch(ignoreTableError);
    this.fail(detail);
  }

  #settle(state: RecordingState): void {
    this.#state = state;
    this.#queue.clear();
    this.#stopTimer();
    this.#ended.resolve();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#state !== "recording" || this.#isWriting) return;
    if (this.#isEnding || this.#queue.isFull) return void this.#write();
    if (this.#timer !== undefined || this.#queue.length === 0) return;
    const wait = this.#isFollowed ? this.#pace.followedFlush : this.#pace.flush;
    this.#timer = setTimeout(() => void this.#write(), wait);
  }

  async #write(): Promise<void> {
    this.#stopTimer();
    this.#isWriting = true;
    try {
      await this.#writePiece();
    } catch (error) {
      this.#lose(describeForLog(error));
    }
    this.#isWriting = false;
    this.#schedule();
  }

  async #writePiece(): Promise<void> {
    const { bytes, isPartial } = this.#queue.take();
    const isLast = this.#isEnding && this.#queue.length === 0;
    const piece = { compressed: await compress(bytes), isPartial, isLast, isRepair: false };
    const isOwn = await this.#table.add(this.#claim, this.#index, piece);
    // A follower has taken this invocation for dead, and has ended the answer.
    if (!isOwn) return this.fail("TakenForDead");
    this.#index++;
    this.writtenAt = performance.now();
    if (isLast && this.#state === "recording") this.#settle("complete");
  }
}
