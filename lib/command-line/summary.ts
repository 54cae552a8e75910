// One line about a whole answer: the times that the caller had, and beside them those that the service measured.
import type { ConverseEvent, ConverseResult } from "../client/index.ts";

/** Milliseconds from the call on, with everything that happens on the way: connecting, waiting, a cold start. */
export class CallerTimes {
  readonly #startedAt = performance.now();
  firstDeltaMs: number | undefined;
  totalMs = 0;

  /** To be told of each event as it comes. */
  note({ type }: ConverseEvent): void {
    this.totalMs = performance.now() - this.#startedAt;
    if (type === "contentBlockDelta") this.firstDeltaMs ??= this.totalMs;
  }
}

export function summaryOf({ timing, usage, stopReason }: ConverseResult, times: CallerTimes): string {
  const tokens = usage ? `${usage.inputTokens} tokens in, ${usage.outputTokens} out` : "tokens unknown";
  const { firstDeltaMs, totalMs } = times;
  return `${describeTimes({ firstDeltaMs, totalMs }, timing)}, ${tokens}, ${stopReason}`;
}

interface Times {
  firstDeltaMs?: number | undefined;
  totalMs?: number | undefined;
}

/** The caller's times, and the service's where it has told them. */
export function describeTimes(caller: Times, service: Times | undefined): string {
  const firstDelta = describeTime("first delta", caller.firstDeltaMs, service?.firstDeltaMs) ?? "no delta";
  return `${firstDelta}, ${describeTime("total", caller.totalMs, service?.totalMs) ?? "no end"}`;
}

function describeTime(name: string, caller: number | undefined, service: number | undefined) {
  if (caller === undefined) return undefined;
  const beside = service === undefined ? "" : ` (service ${Math.round(service)} ms)`;
  return `${name} ${Math.round(caller)} ms${beside}`;
}
