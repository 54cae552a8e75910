// Keeps the lines of one answer with their times. Typed arrays save memory, because there may be hundreds of thousands of lines.
import type { Line, Timing, Usage } from "../wire.ts";
import type { Ending } from "./ending.ts";

export type TickKind = "delta" | "ping" | "event" | "last";
const tickKinds: TickKind[] = ["delta", "ping", "event", "last"];

/** Lines beyond this number are counted but not kept. */
const mostLines = 500_000;

export interface Recording {
  /** Such as "Function URL". */
  readonly label: string;
  /** The number of lines that were kept. */
  readonly length: number;
  /** The number of lines that were not kept. */
  readonly left: number;
  readonly deltas: number;
  readonly pings: number;
  /** Milliseconds from the request to the first delta. Undefined before it arrives. */
  readonly firstDeltaMs: number | undefined;
  readonly lastDeltaMs: number | undefined;
  readonly requestId: string | undefined;
  readonly usage: Usage | undefined;
  /** The times that the service measured itself. */
  readonly timing: Timing | undefined;
  /** Undefined while the answer runs. */
  readonly ending: Ending | undefined;
  /** Starts the clock again. */
  restart(): void;
  /** Milliseconds from the request until now, or until the end of the answer. */
  elapsedMs(): number;
  /** `arrivedAt` is a time of `performance.now()`. Default: now. */
  add(text: string, line: Line | undefined, arrivedAt?: number): void;
  end(ending: Ending): void;
  textAt(index: number): string;
  timeAt(index: number): number;
  kindAt(index: number): TickKind;
}

/** Creates an empty recording, and starts its clock. */
export function createRecording(label: string): Recording {
  let startedAt = performance.now();
  const texts: string[] = [];
  let times = new Float64Array(1024);
  let kinds = new Uint8Array(1024);
  let endedMs: number | undefined;
  const state = {
    label,
    length: 0,
    left: 0,
    deltas: 0,
    pings: 0,
    firstDeltaMs: undefined as number | undefined,
    lastDeltaMs: undefined as number | undefined,
    requestId: undefined as string | undefined,
    usage: undefined as Usage | undefined,
    timing: undefined as Timing | undefined,
    ending: undefined as Ending | undefined,
    restart: () => void (startedAt = performance.now()),
    elapsedMs: () => endedMs ?? performance.now() - startedAt,
    add(text: string, line: Line | undefined, arrivedAt = performance.now()): void {
      const time = arrivedAt - startedAt;
      const kind = kindOf(line);
      if (line) note(line, time);
      if (state.length === mostLines) return void (state.left += 1);
      if (state.length === times.length) grow();
      texts.push(text);
      times[state.length] = time;
      kinds[state.length] = tickKinds.indexOf(kind);
      state.length += 1;
    },
    end(ending: Ending): void {
      endedMs = performance.now() - startedAt;
      state.ending = ending;
    },
    textAt: (index: number) => texts[index] ?? "",
    timeAt: (index: number) => times[index] ?? 0,
    kindAt: (index: number) => tickKinds[kinds[index] ?? 0] ?? "event",
  };

  function note(line: Line, time: number): void {
    if (line.type === "ping") state.pings += 1;
    if (line.type === "start") state.requestId = line.requestId;
    if (line.type === "error") state.requestId = line.error.requestId || state.requestId;
    if (line.type === "metadata") state.usage = line.usage;
    if (line.type === "end") {
      state.usage = line.usage ?? state.usage;
      state.timing = line.timing;
    }
    if (line.type !== "contentBlockDelta") return;
    state.deltas += 1;
    state.firstDeltaMs ??= time;
    state.lastDeltaMs = time;
  }

  function grow(): void {
    const [oldTimes, oldKinds] = [times, kinds];
    times = new Float64Array(oldTimes.length * 2);
    kinds = new Uint8Array(oldKinds.length * 2);
    times.set(oldTimes);
    kinds.set(oldKinds);
  }

  return state;
}

function kindOf(line: Line | undefined): TickKind {
  if (line?.type === "contentBlockDelta") return "delta";
  if (line?.type === "ping") return "ping";
  return line === undefined || line.type === "end" || line.type === "error" ? "last" : "event";
}

/** With fewer deltas than this, a rate would say nothing useful. */
const fewestForRate = 5;

/** Deltas per second between the first and the last delta. Undefined if there are too few. */
export function deltasPerSecond({ deltas, firstDeltaMs, lastDeltaMs }: Recording): number | undefined {
  if (firstDeltaMs === undefined || lastDeltaMs === undefined || lastDeltaMs <= firstDeltaMs)
    return undefined;
  if (deltas < fewestForRate) return undefined;
  return ((deltas - 1) * 1000) / (lastDeltaMs - firstDeltaMs);
}
