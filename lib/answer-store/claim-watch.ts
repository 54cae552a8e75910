// Looks at the claim while this invocation answers: whether the answer was cancelled, and whether somebody follows it. Shows
// in the claim that the invocation is alive.
import type { Claim } from "./claim.ts";
import type { Pace } from "./pace.ts";
import type { Recorder } from "./recorder.ts";
import type { AnswerTable } from "./table.ts";

export class ClaimWatch {
  readonly #table: AnswerTable;
  readonly #claim: Claim;
  readonly #pace: Pace;
  readonly #recorder: Recorder;
  readonly #onCancelled: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #beatAt = performance.now();

  constructor(
    table: AnswerTable,
    { claim, pace, recorder }: { claim: Claim; pace: Pace; recorder: Recorder },
    onCancelled: () => void,
  ) {
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

  /** A failure has no consequence, because the next look comes soon. The recorder notices a table that is gone. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    await this.#beat().catch(() => undefined);
    const claim = await this.#table.readClaim(this.#claim.answer).catch(() => "unknown" as const);
    this.#isLooking = false;
    if (this.#timer === undefined || claim === "unknown") return;
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
