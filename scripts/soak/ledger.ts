// What became of all the streams, and what of it must not be.

/** How one stream went, as its caller saw it. */
export interface Result {
  modelId: string;
  /** How it should have ended, and how it did. `left`: by the caller's own choice. */
  expected: string;
  ending: string;
  /** Whether the events that arrived are those that were sent. */
  isSame: boolean;
  deltas: number;
  bytes: number;
  firstDeltaMs: number | undefined;
}

export interface Ledger {
  streams: number;
  /** Of these, whole ones; those that failed as they were asked to; those whose caller left. */
  whole: number;
  failed: number;
  left: number;
  deltas: number;
  bytes: number;
  /** Streams that lack something, or hold what was not sent. Must be 0. */
  lost: number;
  /** Streams that ended otherwise than they should. Must be 0. */
  unexplained: number;
  /** The first few of these, in words. */
  problems: string[];
  firstDeltas: number[];
}

const mostProblems = 20;
/** A longer run keeps an even sample: its memory must not grow either. */
const mostTimes = 100_000;

export function createLedger(): Ledger {
  return {
    streams: 0,
    whole: 0,
    failed: 0,
    left: 0,
    deltas: 0,
    bytes: 0,
    lost: 0,
    unexplained: 0,
    problems: [],
    firstDeltas: [],
  };
}

export function enter(ledger: Ledger, result: Result): void {
  const { modelId, expected, ending, isSame, firstDeltaMs } = result;
  ledger.streams++;
  ledger.deltas += result.deltas;
  ledger.bytes += result.bytes;
  if (ending === "left") ledger.left++;
  else if (ending !== expected) {
    ledger.unexplained++;
    note(ledger, `${modelId} ended with ${ending} instead of ${expected}`);
  } else if (!isSame) {
    ledger.lost++;
    note(ledger, `${modelId} ended with ${ending}, and its events are not those that were sent`);
  } else if (ending === "end") ledger.whole++;
  else ledger.failed++;
  if (firstDeltaMs === undefined) return;
  if (ledger.firstDeltas.length < mostTimes) ledger.firstDeltas.push(firstDeltaMs);
  else ledger.firstDeltas[ledger.streams % mostTimes] = firstDeltaMs;
}

/** Something beside the streams that must not be. */
export function note(ledger: Ledger, problem: string): void {
  if (ledger.problems.length < mostProblems) ledger.problems.push(problem);
}

export function percentile(times: number[], share: number): number | undefined {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
