// Formats the outcome of a soak as a Markdown table.
import { quantile } from "../statistics.ts";
import type { Ledger } from "./ledger.ts";

export interface Memory {
  /** Megabytes of all execution environments together. Undefined on systems without /proc. */
  environments: number | undefined;
  /** Megabytes of this process. */
  own: number;
}

export interface SoakOutcome {
  ledger: Ledger;
  callers: number;
  seconds: number;
  environments: { alive: number; started: number };
  memory: { before: Memory; after: Memory };
}

export function toTable({ ledger, callers, seconds, environments, memory }: SoakOutcome): string {
  const { before, after } = memory;
  const rows: [string, string][] = [
    ["callers, seconds", `${callers}, ${Math.round(seconds)}`],
    ["streams", count(ledger.streams)],
    [
      "complete / failed as requested / disconnected",
      [ledger.complete, ledger.failed, ledger.disconnected].map(count).join(" / "),
    ],
    ["deltas", count(ledger.deltas)],
    ["bytes of events", count(ledger.bytes)],
    ["lost", count(ledger.lost)],
    ["unexplained", count(ledger.unexplained)],
    ["first delta, ms: 50 % / 95 % / 99 %", [0.5, 0.95, 0.99].map((share) => ms(ledger, share)).join(" / ")],
    ["execution environments alive / started", `${environments.alive} / ${environments.started}`],
    [
      "memory of an execution environment, MB: before / after",
      `${each(before, environments)} / ${each(after, environments)}`,
    ],
    ["memory of the stack and the callers, MB: before / after", `${before.own} / ${after.own}`],
  ];
  return [`| | |`, `| --- | --- |`, ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join("\n");
}

function each({ environments: megabytes }: Memory, { alive }: SoakOutcome["environments"]): string {
  return megabytes === undefined || alive === 0 ? "unknown" : String(Math.round(megabytes / alive));
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function ms({ firstDeltas }: Ledger, share: number): string {
  return firstDeltas.length === 0 ? "–" : String(Math.round(quantile(firstDeltas, share)));
}
