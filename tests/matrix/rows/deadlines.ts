// Rows for answers that are still incomplete when Lambda's deadline comes.
import { delta, pause, type Step } from "../../../lib/local/bedrock/script.ts";
import { sampleAnswer } from "../../support/frames/aws-frames.ts";
import { begun } from "../../support/frames/begun-answer.ts";
import { generousSeconds, scaled, scaledSeconds } from "../../support/deadline.ts";
import type { ScriptedRow } from "../../support/matrix/fault-rows.ts";

const marginSeconds = scaledSeconds(3);
/** The pause before the last row's events, in milliseconds. */
export const early = scaled(1500);
export const hang: Step = { do: "hang" };

/** Options of the stack for these rows. */
export const withDeadline = {
  service: { timeoutSeconds: 2 * marginSeconds },
  variables: {
    DELTAPIPE_DEADLINE_MARGIN_SECONDS: String(marginSeconds),
    // Prevents pings. On a slow machine the deadline is later than on a fast one, and the first ping would come before it.
    DELTAPIPE_PING_SECONDS: String(generousSeconds),
  },
};

async function* endless() {
  for (;;) {
    yield delta(0, { text: "more " });
    yield pause(50);
  }
}

export const deadlineRows: ScriptedRow[] = [
  { fault: "before the first byte", becomes: "504 DeadlineExceeded", script: () => [hang] },
  {
    fault: "before the first frame",
    becomes: "200 DeadlineExceeded",
    lines: ["start", "error"],
    script: () => [{ do: "accept" }, hang],
  },
  { fault: "between deltas", becomes: "200 DeadlineExceeded", script: endless },
  { fault: "in a stall", becomes: "200 DeadlineExceeded", script: () => [...begun, hang] },
  {
    fault: "between messageStop and metadata",
    becomes: "200 end",
    script: () => [pause(early), { do: "bytes", bytes: Buffer.concat(sampleAnswer.slice(0, 5)) }, hang],
  },
];
