// One line about an answer that is whole.
import type { ConverseResult } from "../../lib/client/index.ts";

/** Times are those that the service measured. */
export function summaryOf({ timing, usage, stopReason }: ConverseResult): string {
  const tokens = usage ? `${usage.inputTokens} tokens in, ${usage.outputTokens} out` : "tokens unknown";
  return `first delta ${timing.firstDeltaMs ?? "-"} ms, total ${timing.totalMs} ms, ${tokens}, ${stopReason}`;
}
