// Tests a Bedrock that falls silent before, between and within frames: the stream ends and the connection is closed.
import { afterAll, beforeAll, expect, test } from "vitest";
import { delta, event, pause, type Step } from "../../lib/local/bedrock/script.ts";
import { eventFrame, sampleAnswer } from "../support/frames/aws-frames.ts";
import { scaled } from "../support/deadline.ts";
import {
  assertFaultRow,
  expectNoLosses,
  modelsOf,
  startWithRows,
  type ScriptedRow,
} from "../support/rows/fault-rows.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";

const hang: Step = { do: "hang" };
const frame = eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: " more" } });
const begun = [event("messageStart", { role: "assistant" }), delta(0, { text: "So far" })];

function silent(fault: string, becomes: string, ...steps: Step[]): ScriptedRow {
  return { fault, becomes, script: () => [...steps, hang] };
}

const rows: ScriptedRow[] = [
  silent("before its status", "504 UpstreamTimeout"),
  silent("before the first frame", "200 UpstreamTimeout", { do: "accept" }),
  silent("within the first frame", "200 UpstreamTimeout", { do: "bytes", bytes: frame.subarray(0, 40) }),
  silent("between frames", "200 UpstreamTimeout", ...begun),
  silent("within a frame", "200 UpstreamTimeout", ...begun, { do: "bytes", bytes: frame.subarray(0, 40) }),
  silent("within a prelude", "200 UpstreamTimeout", ...begun, { do: "bytes", bytes: frame.subarray(0, 7) }),
  silent("after messageStop", "200 end", { do: "bytes", bytes: Buffer.concat(sampleAnswer.slice(0, 5)) }),
  {
    fault: "for a while, again and again",
    becomes: "200 end",
    script: () => sampleAnswer.flatMap((bytes) => [{ do: "bytes", bytes }, pause(300)]),
  },
];

/** Longer than the start line waits for a first frame. */
const limitMs = scaled(2500);
const limit = String(limitMs / 1000);
const upstream = modelsOf(rows);
let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    bedrock: { kind: "local", options: { models: upstream.models } },
    variables: { DELTAPIPE_FIRST_BYTE_SECONDS: limit, DELTAPIPE_STALL_SECONDS: limit },
  });
});
afterAll(() => stack.close());

test.concurrent.each(rows.map((row) => [row.fault, row.becomes, row] as const))(
  "silence %s becomes %s",
  async (_fault, becomes, row) => {
    const startedAt = performance.now();
    await assertFaultRow(stack, row, () => upstream.over(row));
    if (becomes.endsWith("UpstreamTimeout"))
      expect(performance.now() - startedAt).toBeGreaterThan(limitMs - 100);
  },
);

test("silence for longer than idle connections are kept becomes 504 UpstreamTimeout", async () => {
  const row = silent("for seven seconds", "504 UpstreamTimeout");
  const slow = await startWithRows([row], {
    variables: { DELTAPIPE_FIRST_BYTE_SECONDS: String(scaled(7000) / 1000) },
  });
  await assertFaultRow(slow, row, () => slow.upstream.over(row));
  await expectNoLosses(slow);
});

test("all environments survive", () => expectNoLosses(stack));
