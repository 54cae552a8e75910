// Reads an answer from the table, from its beginning or a later line, and follows it until its last line.
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { ConverseError, shownError } from "../stream/converse-error.ts";
import { deadlineError } from "../stream/deadlines.ts";
import { errorBytesOf } from "../stream/error-bytes.ts";
import type { Outcome, RelayOptions } from "../stream/sink.ts";
import { ignoreTableError, TableError } from "./call-table.ts";
import type { Claim } from "./claim.ts";
import { LineSkipper } from "./line-skipper.ts";
import type { Pace } from "./pace.ts";
import { ReadingSink } from "./reading-sink.ts";
import { answerNotFound, notKept, producerStopped, storeUnavailable } from "./store-errors.ts";
import type { Piece } from "./piece.ts";
import type { AnswerTable, Found } from "./table.ts";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export interface FollowOptions {
  /** The claim of the answer when the reader attached to it. */
  claim: Claim;
  /** The number of lines that the reader already has. */
  fromLine: number;
  pace: Pace;
  relay: RelayOptions;
}

/** Resolves when the last line is written. Rejects with `ConverseError` if it fails before the first one. */
export async function follow(table: AnswerTable, options: FollowOptions): Promise<Outcome> {
  return new FollowedAnswer(table, options).run();
}

class FollowedAnswer {
  readonly #table: AnswerTable;
  readonly #options: FollowOptions;
  readonly #sink: ReadingSink;
  readonly #skipper: LineSkipper;
  /** The number of the next piece. */
  #next = 0;
  /** Pieces that end within a line. */
  readonly #held: Buffer[] = [];
  /** The last bytes that were not empty. */
  #tail: Buffer = Buffer.alloc(0);
  #isOver = false;
  #hasBegun = false;
  #beat: number;
  /** When something was last heard of the invocation that answers, and when the table last responded, as `performance.now()`. */
  #aliveAt = performance.now();
  #readAt = performance.now();
  #announcedAt = -Infinity;

  constructor(table: AnswerTable, options: FollowOptions) {
    this.#table = table;
    this.#options = options;
    this.#sink = new ReadingSink(options.relay);
    this.#skipper = new LineSkipper(options.relay.format, options.fromLine);
    this.#beat = options.claim.beat;
  }

  async run(): Promise<Outcome> {
    let error: ConverseError | undefined;
    try {
      while (!this.#isOver) await this.#turn();
    } catch (thrown) {
      error = shownError(thrown);
      // Converse's error response depends on whether Bedrock had begun, as it does for the request that called Bedrock.
      if (!this.#sink.isOpen && !this.#hasBegun) throw error;
      const { format, requestId } = this.#options.relay;
      this.#sink.writeLast(errorBytesOf(error, format, requestId));
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
    const found = await this.#find();
    if (found) await this.#take(found);
    if (!this.#isOver && !found?.pieces.length) await sleep(this.#options.pace.follow);
  }

  /** Resolves with undefined if the table does not respond for the moment. */
  async #find(): Promise<Found | undefined> {
    const { claim, pace } = this.#options;
    try {
      const found = await this.#table.find(claim.answer, claim.run, this.#next);
      this.#readAt = performance.now();
      return found;
    } catch (error) {
      if (!(error instanceof TableError)) throw error;
      const isOver = performance.now() - this.#readAt >= pace.unavailable;
      if (!error.isTransient || isOver) throw storeUnavailable(error.name);
      return undefined;
    }
  }

  async #take({ pieces, claim }: Found): Promise<void> {
    for (const piece of pieces) await this.#pass(piece);
    if (this.#isOver) return;
    this.#check(claim);
    const now = performance.now();
    if (pieces.length > 0 || claim?.beat !== this.#beat) this.#aliveAt = now;
    this.#beat = claim?.beat ?? this.#beat;
    if (now - this.#aliveAt >= this.#options.pace.dead) return this.#endForDead();
    if (now - this.#announcedAt < this.#options.pace.following) return;
    this.#announcedAt = now;
    // If this fails, the new bytes come a little later.
    void this.#table.follow(this.#options.claim).catch(ignoreTableError);
  }

  /** Throws the error with which the answer cannot be followed any further. */
  #check(claim: Claim | undefined): void {
    if (claim?.run !== this.#options.claim.run) throw answerNotFound();
    if (claim.state === "lost") throw notKept();
    // Somebody who already has lines cannot use the error response to the whole request.
    if (claim.state === "failed") throw claim.failure?.error ?? answerNotFound();
  }

  async #pass({ compressed, isPartial, isLast, isRepair }: Piece): Promise<void> {
    this.#next++;
    if (isRepair) this.#held.length = 0;
    this.#held.push(await decompress(compressed));
    if (isPartial) return;
    const bytes = Buffer.concat(this.#held.splice(0));
    if (bytes.length > 0) this.#tail = bytes;
    const rest = this.#skipper.push(bytes);
    this.#isOver = isLast;
    if (rest.length > 0) await this.#write(rest);
    else if (isLast && this.#sink.bytes === 0) {
      // Nothing is left of one JSON object if the invocation was stopped before it had written all of it.
      if (this.#tail.length === 0) throw producerStopped();
      // The reader has all lines, or more than were kept. A response always has the last line.
      this.#sink.writeLast(this.#skipper.lastLineOf(this.#tail));
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#isOver) this.#sink.writeLast(bytes);
    else await this.#sink.write(bytes);
  }

  /** Ends the answer in the place of an invocation that was stopped, so that every reader gets the same end. */
  async #endForDead(): Promise<void> {
    const { claim, relay } = this.#options;
    const error = producerStopped();
    this.#aliveAt = performance.now();
    if (this.#next === 0) return this.#table.fail(claim, { error, hasBegun: false });
    const bytes = errorBytesOf(error, relay.format, claim.requestId);
    const repair = { isPartial: false, isLast: true, isRepair: true };
    // If there is such a piece already, the next look finds it.
    await this.#table.add(claim, this.#next, { compressed: await compress(bytes), ...repair });
  }
}
