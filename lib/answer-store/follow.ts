// Reads an answer from the table, from its beginning or a later line, and follows it until its last line.
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { ConverseError, shownError } from "../stream/converse-error.ts";
import { deadlineError } from "../stream/deadlines.ts";
import { errorBytesOf } from "../stream/error-bytes.ts";
import type { Outcome, RelayOptions } from "../stream/sink.ts";
import { ignoreTableError, TableError } from "./call-table.ts";
import type { Claim } from "./claim.ts";
import type { Pace } from "./pace.ts";
import { ReadingSink } from "./reading-sink.ts";
import { answerNotFound, notKept, producerStopped, storeUnavailable } from "./store-errors.ts";
import { PieceReader } from "./piece-reader.ts";
import type { Piece } from "./piece.ts";
import type { AnswerTable } from "./table.ts";

const compress = promisify(gzip);

export interface FollowOptions {
  /** The answer's claim, as it was when this reader began to follow. */
  claim: Claim;
  /** The number of lines that the reader already has. */
  fromLine: number;
  pace: Pace;
  relay: RelayOptions;
}

/** Resolves when the last line is written. Rejects with `ConverseError` if the answer fails before its first line. */
export async function follow(table: AnswerTable, options: FollowOptions): Promise<Outcome> {
  return new FollowedAnswer(table, options).run();
}

class FollowedAnswer {
  readonly #table: AnswerTable;
  readonly #options: FollowOptions;
  readonly #sink: ReadingSink;
  readonly #reader: PieceReader;
  /** The number of the next piece. */
  #next = 0;
  #isOver = false;
  /** Whether Bedrock had begun to answer a request that got an error response. */
  #hasBegun = false;
  #beat: number;
  /** When the invocation that answers last gave a sign of life. This and the next two fields are times of `performance.now()`. */
  #aliveAt = performance.now();
  /** When the table began to fail; undefined while it responds. */
  #failingAt: number | undefined;
  /** When this reader last said in the claim that it follows the answer. */
  #announcedAt = -Infinity;

  constructor(table: AnswerTable, options: FollowOptions) {
    const { claim, fromLine, relay } = options;
    this.#table = table;
    this.#options = options;
    this.#sink = new ReadingSink(relay);
    this.#reader = new PieceReader(relay.writer.format, fromLine);
    this.#beat = claim.beat;
  }

  async run(): Promise<Outcome> {
    let error: ConverseError | undefined;
    try {
      while (!this.#isOver) await this.#turn();
    } catch (thrown) {
      error = shownError(thrown);
      // If Bedrock has begun to answer, the outcome has the error, as it does for the request that called Bedrock. Converse's
      // error response depends on that.
      if (!this.#sink.isOpen && !this.#hasBegun) throw error;
      const { writer, requestId } = this.#options.relay;
      this.#sink.writeLast(errorBytesOf(error, writer.format, requestId));
    }
    const totalMs = Math.round(performance.now() - this.#options.relay.startedAt);
    const { callerStalled, bytes } = this.#sink;
    const nothing = { lateError: undefined, stopReason: undefined, usage: undefined, deltas: 0 };
    return { error, callerStalled, bytes, timing: { totalMs }, ...nothing };
  }

  async #turn(): Promise<void> {
    if (this.#sink.failure) throw this.#sink.failure;
    if (performance.now() >= this.#options.relay.deadlineAt) {
      throw deadlineError("invocation", this.#options.relay.times);
    }
    try {
      await this.#look();
      this.#failingAt = undefined;
    } catch (error) {
      if (!(error instanceof TableError)) throw error;
      this.#failingAt ??= performance.now();
      const isOver = performance.now() - this.#failingAt >= this.#options.pace.unavailable;
      if (!error.isTransient || isOver) throw storeUnavailable(error.name);
    }
    if (!this.#isOver) await sleep(this.#options.pace.follow);
  }

  async #look(): Promise<void> {
    const { claim, pace } = this.#options;
    const found = await this.#table.find(claim.answer, claim.run, this.#next);
    for (const piece of found.pieces) await this.#pass(piece);
    if (this.#isOver) return;
    this.#check(found.claim);
    const now = performance.now();
    if (found.pieces.length > 0 || found.claim?.beat !== this.#beat) this.#aliveAt = now;
    this.#beat = found.claim?.beat ?? this.#beat;
    if (now - this.#aliveAt >= pace.dead) return this.#endForDead();
    if (now - this.#announcedAt < pace.following) return;
    this.#announcedAt = now;
    // If this fails, the invocation that answers does not know of this reader, and writes new bytes into the table less often.
    void this.#table.follow(claim).catch(ignoreTableError);
  }

  /** Throws an error if the answer cannot be followed any further. */
  #check(claim: Claim | undefined): void {
    if (claim?.run !== this.#options.claim.run) throw answerNotFound();
    if (claim.state === "lost") throw notKept();
    if (claim.state !== "failed") return;
    this.#hasBegun = claim.failure?.hasBegun === true;
    throw claim.failure?.error ?? answerNotFound();
  }

  async #pass(piece: Piece): Promise<void> {
    const bytes = await this.#reader.read(piece);
    this.#next++;
    if (!piece.isLast) return this.#sink.write(bytes);
    this.#isOver = true;
    // Every response has the last line, even if the reader already has all lines, or has more lines than were kept.
    const isNothing = bytes.length === 0 && this.#sink.bytes === 0;
    const last = isNothing ? this.#reader.lastLine : bytes;
    // An answer in one JSON object has no last line if the invocation was stopped before the whole object was written.
    if (isNothing && last.length === 0) throw producerStopped();
    this.#sink.writeLast(last);
  }

  /** Ends the answer in the place of an invocation that was stopped, so that every reader gets the same end. */
  async #endForDead(): Promise<void> {
    const { claim, relay } = this.#options;
    const error = producerStopped();
    this.#aliveAt = performance.now();
    if (this.#next === 0) return this.#table.fail(claim, { error, hasBegun: false });
    const bytes = errorBytesOf(error, relay.writer.format, claim.requestId);
    const repair = { isPartial: false, isLast: true, isRepair: true };
    // If another reader has already written this piece, the next look finds it.
    await this.#table.add(claim, this.#next, { compressed: await compress(bytes), ...repair });
  }
}
