// Tests that the stream ends and the connection is closed when Bedrock falls silent before, between or within frames.
import { afterAll, beforeAll, expect, test } from "vitest";
import { scaled } from "../support/deadline.ts";
import { assertFaultRow, expectNoLosses, modelsOf, startWithRows } from "../support/matrix/fault-rows.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { silenceRows as rows, silent } from "./rows/silence.ts";

/** Longer than one second: after one second the `start` line is sent even if no frame has come. */
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

test("silence that lasts longer than Node keeps idle connections open becomes 504 UpstreamTimeout", async () => {
  const row = silent("for seven seconds", "504 UpstreamTimeout");
  const slow = await startWithRows([row], {
    variables: { DELTAPIPE_FIRST_BYTE_SECONDS: String(scaled(7000) / 1000) },
  });
  await assertFaultRow(slow, row, () => slow.upstream.over(row));
  await expectNoLosses(slow);
});

test("no silence of Bedrock ends an execution environment", () => expectNoLosses(stack));
