// Counts how the soak's streams ended, and collects the problems.

/** One stream, as its caller saw it. */
export interface StreamResult {
  modelId: string;
  /** The expected ending. */
  expected: string;
  /** The actual ending: `end`, an error code, or `disconnected` if the caller disconnected on purpose. */
  ending: string;
  /** Whether the caller received exactly the events that the model sent. */
  isSame: boolean;
  deltas: number;
  bytes: number;
  firstDeltaMs: number | undefined;
}

export interface Ledger {
  streams: number;
  /** Streams that ended with `end` and all their events. */
  complete: number;
  /** Streams that failed with the expected error. */
  failed: number;
  /** Streams whose caller disconnected. */
  disconnected: number;
  deltas: number;
  bytes: number;
  /** Streams with missing, changed or additional events. Must be 0. */
  lost: number;
  /** Streams with an unexpected ending. Must be 0. */
  unexplained: number;
  /** Descriptions of the first problems. */
  problems: string[];
  /** Milliseconds from request to first delta. */
  firstDeltas: number[];
}

const mostProblems = 20;
/** A run with more streams overwrites the earliest times, so that its memory does not grow. */
const mostTimes = 100_000;

export function createLedger(): Ledger {
  return {
    streams: 0,
    complete: 0,
    failed: 0,
    disconnected: 0,
    deltas: 0,
    bytes: 0,
    lost: 0,
    unexplained: 0,
    problems: [],
    firstDeltas: [],
  };
}

export function recordResult(ledger: Ledger, result: StreamResult): void {
  const { modelId, expected, ending, isSame, firstDeltaMs } = result;
  ledger.streams++;
  ledger.deltas += result.deltas;
  ledger.bytes += result.bytes;
  if (ending === "disconnected") ledger.disconnected++;
  else if (ending !== expected) {
    ledger.unexplained++;
    note(ledger, `${modelId} ended with ${ending} instead of ${expected}`);
  } else if (!isSame) {
    ledger.lost++;
    note(ledger, `${modelId} ended with ${ending}, but its events differ from those that the model sent`);
  } else if (ending === "end") ledger.complete++;
  else ledger.failed++;
  if (firstDeltaMs === undefined) return;
  if (ledger.firstDeltas.length < mostTimes) ledger.firstDeltas.push(firstDeltaMs);
  else ledger.firstDeltas[ledger.streams % mostTimes] = firstDeltaMs;
}

/** Adds a problem, up to the number that is printed at the end. */
export function note(ledger: Ledger, problem: string): void {
  if (ledger.problems.length < mostProblems) ledger.problems.push(problem);
}
