// An answer whose last events come twice, the second time with less in them.
import { expect, onTestFinished, test } from "vitest";
import { createClient } from "../../lib/client/index.ts";
import { waitFor } from "../support/deadline.ts";
import { sendStream, startLineService } from "../support/servers/line-service.ts";

const lines = [
  { type: "start", version: 1, requestId: "r", modelId: "m" },
  { type: "messageStop", stopReason: "end_turn", additionalModelResponseFields: { score: 1 } },
  { type: "metadata", usage: { inputTokens: 1 }, metrics: { latencyMs: 7 } },
  { type: "messageStop", stopReason: "end_turn" },
  { type: "metadata", metrics: { latencyMs: 8 } },
  { type: "end", stopReason: "end_turn", timing: { totalMs: 1 } },
];

test("what the first of two events said stays, where the second says nothing of it", async () => {
  const service = await startLineService(({ response }) =>
    sendStream(response, Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))),
  );
  onTestFinished(() => service.close());
  const answer = createClient(service.options).converse({ prompt: "x" });
  expect(await waitFor("The result", answer.result())).toMatchObject({
    additionalModelResponseFields: { score: 1 },
    metadata: { usage: { inputTokens: 1 }, metrics: { latencyMs: 8 } },
  });
});
