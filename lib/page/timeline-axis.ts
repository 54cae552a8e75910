// The common time axis of the answers: its length in time, the position of a time on it, and its labels.
import type { Recording } from "./recording.ts";
import type { Pen } from "./timeline-pen.ts";

/** In pixels. */
export const size = { axis: 20, lane: 44, left: 8, right: 8 };

/** The length of the axis in milliseconds. While an answer runs, it grows in steps, so that ticks do not move all the time. */
export function spanOf(recordings: Recording[]): number {
  const longest = Math.max(0, ...recordings.map((recording) => recording.elapsedMs()));
  const isOver = recordings.every(({ ending }) => ending !== undefined);
  if (isOver && longest > 0) return longest * 1.02;
  let span = 2000;
  while (span < longest) span *= 1.5;
  return span;
}

/** Milliseconds between two labels that are at least 70 pixels apart. */
function stepOf(span: number, width: number): number {
  const least = (span * 70) / Math.max(width, 70);
  const magnitude = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * magnitude).find((step) => step >= least && step >= 1) ?? 1;
}

/** Converts a time in milliseconds to its position on the axis in pixels. */
export type Scale = (ms: number) => number;

export function createScale(span: number, width: number): Scale {
  const perMs = (width - size.left - size.right) / span;
  return (ms) => size.left + ms * perMs;
}

export function drawAxis(
  { context: pen, colors }: Pen,
  { span, width, height }: { span: number; width: number; height: number },
): void {
  const toX = createScale(span, width);
  const step = stepOf(span, width);
  pen.font = colors.font;
  pen.textBaseline = "bottom";
  for (let ms = 0; ms <= span; ms += step) {
    const x = Math.round(toX(ms)) + 0.5;
    pen.fillStyle = colors.grid;
    pen.fillRect(x - 0.5, 0, 1, height - size.axis + 4);
    pen.fillStyle = colors.quiet;
    const label = span < 2000 ? `${ms} ms` : `${(ms / 1000).toFixed(step < 1000 ? 1 : 0)} s`;
    pen.textAlign = ms === 0 ? "left" : x > width - 24 ? "right" : "center";
    pen.fillText(label, ms === 0 ? size.left : Math.min(x, width - size.right), height);
  }
}
