// Shows the figures of an answer: first delta, deltas per second, tokens, time, and how it ended.
import { find, setText } from "./elements.ts";
import { formatCount, formatMs } from "./numbers.ts";
import { deltasPerSecond, type Recording } from "./recording.ts";

export function showFigures(recording: Recording): void {
  const { firstDeltaMs, usage, timing, ending, deltas } = recording;
  const rate = deltasPerSecond(recording);
  show(
    "first-delta",
    firstDeltaMs === undefined ? "–" : formatMs(firstDeltaMs),
    serviceTime(timing?.firstDeltaMs),
  );
  show(
    "rate",
    rate === undefined ? "–" : `${formatCount(rate)}/s`,
    deltas === 0 ? "" : `${formatCount(deltas)} deltas`,
  );
  show(
    "tokens",
    usage ? formatCount(usage.outputTokens) : "–",
    usage ? `${formatCount(usage.inputTokens)} in` : "",
  );
  show("total", formatMs(recording.elapsedMs()), serviceTime(timing?.totalMs));
  const status = find("#ending");
  status.dataset["kind"] = ending?.kind ?? "running";
  setText(status, ending?.title ?? (firstDeltaMs === undefined ? "Waiting" : "Streaming"));
}

function show(id: string, value: string, detail: string): void {
  setText(find(`#${id}`), value);
  setText(find(`#${id}-detail`), detail);
}

/**
 * The service measures from the invocation of the function. The page's own time is longer, because it also includes the
 * network and, if there was one, the cold start.
 */
function serviceTime(ms: number | undefined): string {
  return ms === undefined ? "" : `service ${formatMs(ms)}`;
}
