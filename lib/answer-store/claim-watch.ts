// Watches the claim (claim.ts) while this invocation answers, to see whether the answer was cancelled and whether another request
// follows it. Also updates the claim, to show that the invocation is alive.
import { describeForLog, TableError } from "./call-table.ts";
import type { Claim } from "./claim.ts";
import type { Pace } from "./pace.ts";
import type { Recorder } from "./recorder.ts";
import type { AnswerTable } from "./table.ts";

interface Watched {
  table: AnswerTable;
  claim: Claim;
  pace: Pace;
  recorder: Recorder;
}

export class ClaimWatch {
  readonly #table: AnswerTable;
  readonly #claim: Claim;
  readonly #pace: Pace;
  readonly #recorder: Recorder;
  readonly #onCancelled: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #beatAt = performance.now();

  constructor({ table, claim, pace, recorder }: Watched, onCancelled: () => void) {
    this.#table = table;
    this.#claim = claim;
    this.#pace = pace;
    this.#recorder = recorder;
    this.#onCancelled = onCancelled;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), this.#pace.watch);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A `TableError` is ignored here: the next look comes soon, and the recorder notices if the table stays unavailable. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#beat();
      const claim = await this.#table.readClaim(this.#claim.answer);
      if (this.#timer !== undefined) this.#react(claim);
    } catch (error) {
      if (!(error instanceof TableError)) this.#recorder.fail(describeForLog(error));
    }
    this.#isLooking = false;
  }

  #react(claim: Claim | undefined): void {
    if (claim?.run !== this.#claim.run || claim.state !== "running") {
      this.stop();
      return this.#recorder.fail("TakenForDead");
    }
    this.#recorder.setFollowed(claim.watchedUntil > Date.now());
    if (!claim.isCancelled) return;
    this.stop();
    this.#onCancelled();
  }

  async #beat(): Promise<void> {
    const now = performance.now();
    if (now - Math.max(this.#beatAt, this.#recorder.writtenAt) < this.#pace.beat) return;
    this.#beatAt = now;
    await this.#table.beat(this.#claim);
  }
}
