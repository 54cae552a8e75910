// Formats the results of a run as Markdown tables, which are readable in a terminal too.
import { shown, type Figure } from "./figures.ts";
import type { MessagesRow } from "./messages.ts";
import type { Results } from "./results.ts";
import { verdicts } from "./targets.ts";

export function report(results: Results): string {
  const parts = [figuresTable(results), legend];
  const { deliveries } = results;
  if (deliveries) parts.push(figuresTable(deliveries, "Deliveries of deltapipe"), deliveriesLegend);
  const verdictRows = verdicts(results).map(({ target, found, met }) => [
    target,
    found,
    met ? "met" : "MISSED",
  ]);
  if (verdictRows.length > 0) parts.push(tableOf([["Target", "found", ""], ...verdictRows]));
  for (const { contender, message } of results.leftOut) parts.push(`${contender} was left out: ${message}`);
  for (const { stage, reason } of results.missingStages) parts.push(`Left out: ${stage}. ${reason}`);
  if (results.notes.length > 0) parts.push(results.notes.join(" "));
  for (const { contender, stage, message } of [...results.failures, ...(deliveries?.failures ?? [])]) {
    parts.push(`${contender} failed at ${stage}: ${message}`);
  }
  const { noisyFigures } = results;
  if (noisyFigures.length > 0) {
    const names = noisyFigures.map(({ label, key }) => (label.startsWith("…") ? key : label));
    parts.push(`The machine was too busy to measure: ${names.join("; ")}. Run again when it is idle.`);
  }
  return `${parts.join("\n\n")}\n`;
}

/** Default of `keys`: all figures. */
export function figuresTable(results: Results, title = "", keys?: string[]): string {
  const chosen = results.measured.filter(({ key }) => keys?.includes(key) ?? true);
  const rows = chosen.map((figure) => [
    `${figure.label} (${figure.unit})`,
    ...results.names.map((name) => cellText(results, name, figure)),
  ]);
  return tableOf([[title, ...results.names], ...rows]);
}

export function messagesTable(rows: MessagesRow[]): string {
  const header = ["100 deltas per second", "delay, ms", "95th, ms", "messages", "a million answers of 10 s"];
  const cells = rows.map(({ way, delay, delayP95, messages, dollars }) => [
    way,
    delay.toFixed(1),
    delayP95.toFixed(1),
    String(messages),
    `$${Math.round(dollars)}`,
  ]);
  return `${tableOf([header, ...cells])}\n`;
}

export const legend =
  "Medians. × is the ratio to the floor, round by round. ~ marks figures that varied by more than a third.";

export const deliveriesLegend =
  "× is the ratio to the Function URL. The times include the local stand-ins for AWS's services, and intervals between messages.";

function cellText(results: Results, name: string, figure: Figure): string {
  const cell = results.cell(name, figure);
  if (cell === undefined) return "–";
  const ratio = cell.ratio === undefined || name === results.base ? "" : ` ×${cell.ratio.toFixed(1)}`;
  return `${shown(cell.median)}${ratio}${results.isNoisy(name, figure) ? " ~" : ""}`;
}

function tableOf(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const lines = rows.map((row) => {
    const cells = row.map((text, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? text.padEnd(width) : text.padStart(width);
    });
    return `| ${cells.join(" | ")} |`;
  });
  const rule = `| ${widths.map((width, column) => "-".repeat(width - 1) + (column === 0 ? "-" : ":")).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}
