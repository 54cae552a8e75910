// Draws every delta of one or more answers as a tick on a common time axis. Long silences, pings and the end stand out.
import { find } from "./elements.ts";
import { formatMs } from "./numbers.ts";
import type { Recording } from "./recording.ts";
import { createScale, drawAxis, size, spanOf } from "./timeline-axis.ts";
import { drawLane } from "./timeline-lane.ts";
import { readColors } from "./timeline-pen.ts";

export interface Timeline {
  /** One lane for each recording, from the top. */
  show(recordings: Recording[]): void;
  /** Draws the axis again while an answer runs, and once after the last one has ended. */
  update(): void;
}

/** `onChoose` gets the recording and the line nearest to a click. */
export function createTimeline(onChoose: (recording: Recording, index: number) => void): Timeline {
  const canvas = find<HTMLCanvasElement>("#timeline");
  const hint = find("#timeline-hint");
  const context = canvas.getContext("2d")!;
  let recordings: Recording[] = [];
  let colors = readColors(canvas);
  let drawn = "";

  function redraw(): void {
    colors = readColors(canvas);
    drawn = "";
    update();
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new ResizeObserver(redraw).observe(canvas);
  canvas.addEventListener("pointermove", (event) => {
    const near = nearest(event);
    hint.textContent = near ? describe(near.recording, near.index) : "";
  });
  canvas.addEventListener("pointerleave", () => (hint.textContent = ""));
  canvas.addEventListener("click", (event) => {
    const near = nearest(event);
    if (near) onChoose(near.recording, near.index);
  });

  function show(next: Recording[]): void {
    recordings = next;
    canvas.style.height = `${Math.max(1, next.length) * size.lane + size.axis}px`;
    redraw();
  }

  function update(): void {
    const isRunning = recordings.some(({ ending }) => ending === undefined);
    const state = `${recordings.map(({ length }) => length).join(" ")} ${isRunning}`;
    if (!isRunning && state === drawn) return;
    drawn = state;
    const ratio = devicePixelRatio;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    canvas.setAttribute("aria-label", describeAll(recordings));
    if (recordings.length === 0) return;
    const pen = { context, colors };
    const span = spanOf(recordings);
    const toX = createScale(span, width);
    drawAxis(pen, { span, width, height });
    const hasLabel = recordings.length > 1;
    recordings.forEach((recording, lane) =>
      drawLane(pen, recording, { top: lane * size.lane, toX, hasLabel }),
    );
  }

  function nearest({ offsetX, offsetY }: MouseEvent): { recording: Recording; index: number } | undefined {
    const recording = recordings[Math.floor(offsetY / size.lane)] ?? recordings[0];
    if (!recording || recording.length === 0) return undefined;
    const width = canvas.clientWidth - size.left - size.right;
    const ms = ((offsetX - size.left) / width) * spanOf(recordings);
    let index = 0;
    while (index + 1 < recording.length && recording.timeAt(index + 1) <= ms) index += 1;
    const next = Math.min(index + 1, recording.length - 1);
    const isNextNearer = recording.timeAt(next) - ms < ms - recording.timeAt(index);
    return { recording, index: isNextNearer ? next : index };
  }

  return { show, update };
}

function describe(recording: Recording, index: number): string {
  return `${formatMs(recording.timeAt(index))}: ${recording.textAt(index).slice(0, 120)}`;
}

function describeAll(recordings: Recording[]): string {
  if (recordings.length === 0) return "Time axis, empty";
  const lanes = recordings.map(({ label, deltas, pings, firstDeltaMs, ending }) => {
    const first = firstDeltaMs === undefined ? "" : `, the first after ${formatMs(firstDeltaMs)}`;
    const kept = pings === 0 ? "" : `, ${pings} pings`;
    return `${label}: ${deltas} deltas${first}${kept}${ending ? `, ${ending.title}` : ""}`;
  });
  return `Time axis. ${lanes.join(". ")}`;
}
