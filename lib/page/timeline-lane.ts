// Draws one answer on the time axis: a tick for each line, the silences, and the end.
import { formatMs } from "./numbers.ts";
import type { Recording } from "./recording.ts";
import { type Scale, size } from "./timeline-axis.ts";
import type { Colors, Pen } from "./timeline-pen.ts";

/** A silence of at least this many milliseconds is marked with its length. */
const longSilenceMs = 1000;

/** `hasLabel` is true if there is more than one lane. */
export function drawLane(
  pen: Pen,
  recording: Recording,
  { top, toX, hasLabel }: { top: number; toX: Scale; hasLabel: boolean },
): void {
  const { context, colors } = pen;
  const bottom = top + size.lane - 6;
  if (hasLabel) {
    context.fillStyle = colors.quiet;
    context.textAlign = "left";
    context.textBaseline = "top";
    context.fillText(labelOf(recording), size.left + 4, top);
  }
  drawSilences(pen, recording, top, toX);
  const deltaTop = top + size.lane / 3;
  for (let index = 0; index < recording.length; index++) {
    const kind = recording.kindAt(index);
    const x = toX(recording.timeAt(index));
    context.fillStyle = kind === "delta" ? colors.accent : kind === "ping" ? colors.ping : colors.quiet;
    if (kind === "last") context.fillStyle = endColor(colors, recording);
    const isTall = kind === "last" || kind === "ping";
    const y = isTall ? top + 4 : kind === "event" ? bottom - 8 : deltaTop;
    // Deltas that are close together fall into one column, which is drawn once.
    if (kind === "delta") index = lastInColumn(recording, index, x, toX);
    context.fillRect(Math.round(x * 2) / 2, y, isTall ? 2 : 1, bottom - y);
  }
  context.fillStyle = colors.line;
  context.fillRect(size.left, bottom, toX(recording.elapsedMs()) - size.left, 1);
  const hasLastLine = recording.length > 0 && recording.kindAt(recording.length - 1) === "last";
  if (recording.ending && !hasLastLine) {
    context.fillStyle = endColor(colors, recording);
    context.fillRect(toX(recording.elapsedMs()) - 1, top + 4, 2, bottom - top - 4);
  }
}

function lastInColumn(recording: Recording, first: number, x: number, toX: Scale): number {
  let index = first;
  while (
    index + 1 < recording.length &&
    recording.kindAt(index + 1) === "delta" &&
    toX(recording.timeAt(index + 1)) < x + 0.5
  ) {
    index += 1;
  }
  return index;
}

/** A silence lasts until the next line that is not a ping. The last silence lasts until now, or until the end of the answer. */
function drawSilences(pen: Pen, recording: Recording, top: number, toX: Scale): void {
  let from = 0;
  for (let index = 0; index <= recording.length; index++) {
    const isOver = index === recording.length;
    if (!isOver && recording.kindAt(index) === "ping") continue;
    const to = isOver ? recording.elapsedMs() : recording.timeAt(index);
    if (to - from >= longSilenceMs) drawSilence(pen, formatMs(to - from), toX(from), toX(to), top);
    from = to;
  }
}

function drawSilence(
  { context: pen, colors }: Pen,
  label: string,
  left: number,
  right: number,
  top: number,
): void {
  pen.fillStyle = colors.gap;
  pen.fillRect(left + 1, top + size.lane / 3, right - left - 2, size.lane - size.lane / 3 - 6);
  if (right - left < pen.measureText(label).width + 8) return;
  pen.fillStyle = colors.quiet;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(label, (left + right) / 2, top + size.lane / 3 + (size.lane - size.lane / 3 - 6) / 2);
}

function endColor(colors: Colors, { ending }: Recording): string {
  if (ending?.kind === "failed") return colors.bad;
  return ending?.kind === "stopped" ? colors.ping : colors.good;
}

function labelOf({ label, firstDeltaMs }: Recording): string {
  return firstDeltaMs === undefined ? label : `${label}, first delta ${formatMs(firstDeltaMs)}`;
}
