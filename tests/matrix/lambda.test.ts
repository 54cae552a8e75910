// What Lambda does to the function: its time is up, its process dies.
import { describe, expect, test } from "vitest";
import { delta, event, pause, type Step } from "../../lib/local/bedrock/script.ts";
import { generousSeconds, scaled, scaledSeconds, waitFor } from "../support/deadline.ts";
import {
  assertFaultRow,
  expectNoLosses,
  expectService,
  modelOf,
  startWithRows,
  type ScriptedRow,
} from "../support/rows/fault-rows.ts";
import { readAnswer, recordsOf, type TestStack } from "../support/servers/local-stack.ts";
import { sampleAnswer } from "../support/frames/aws-frames.ts";

const hang: Step = { do: "hang" };
const begun = [event("messageStart", { role: "assistant" }), delta(0, { text: "So far" })];

async function* withoutEnd() {
  for (;;) {
    yield delta(0, { text: "more " });
    yield pause(50);
  }
}

describe("Lambda's deadline", () => {
  const marginSeconds = scaledSeconds(3);
  const early = scaled(1500);
  const rows: ScriptedRow[] = [
    { fault: "before the first byte", becomes: "504 DeadlineExceeded", script: () => [hang] },
    {
      fault: "before the first frame",
      becomes: "200 DeadlineExceeded",
      lines: ["start", "error"],
      script: () => [{ do: "accept" }, hang],
    },
    { fault: "between deltas", becomes: "200 DeadlineExceeded", script: withoutEnd },
    { fault: "in a stall", becomes: "200 DeadlineExceeded", script: () => [...begun, hang] },
    {
      fault: "between messageStop and metadata",
      becomes: "200 end",
      script: () => [pause(early), { do: "bytes", bytes: Buffer.concat(sampleAnswer.slice(0, 5)) }, hang],
    },
  ];

  test("is met before it comes, by the margin, wherever it falls", async () => {
    const stack = await startWithRows(rows, {
      service: { timeoutSeconds: 2 * marginSeconds },
      variables: { DELTAPIPE_DEADLINE_MARGIN_SECONDS: String(marginSeconds) },
    });
    await expectService(stack);
    await Promise.all(
      rows.map(async (row) => {
        const startedAt = performance.now();
        await assertFaultRow(stack, row, () => stack.upstream.over(row));
        expect(performance.now() - startedAt).toBeGreaterThan(early - 100);
      }),
    );
    await expectNoLosses(stack);
  });
});

describe("a process that dies", () => {
  async function die(
    script: ScriptedRow["script"],
    signal: NodeJS.Signals,
    timeoutSeconds = generousSeconds,
  ): Promise<{ stack: TestStack; response: Response }> {
    const row: ScriptedRow = { fault: "death", becomes: "a cut", script };
    const stack = await startWithRows([row], { concurrency: 2, service: { timeoutSeconds } });
    await expectService(stack);
    const asked = stack.send({ prompt: "x", modelId: modelOf(row) });
    await waitFor(
      "The call to Bedrock",
      stack.bedrock!.until(({ active }) => active === 1),
    );
    const response = script === silent ? undefined : await asked;
    process.kill(stack.lambda.environments().pids[0]!, signal);
    return { stack, response: response ?? (await asked) };
  }
  const silent = () => [hang];

  async function afterwards(stack: TestStack, response: Response): Promise<void> {
    await waitFor("Bedrock's rest", stack.bedrock!.idle());
    await expectService(stack);
    expect(stack.lambda.environments().started).toBe(2);
    // The one record that it would have written died with it.
    expect(recordsOf(stack.log, response.headers.get("x-amzn-requestid")!)).toEqual([]);
  }

  test("of SIGKILL in mid-stream: the stream is cut, without a last line", async () => {
    const { stack, response } = await die(() => [...begun, hang], "SIGKILL");
    await expect(readAnswer(response)).rejects.toThrow();
    await afterwards(stack, response);
  });

  test("of SIGKILL before the first byte: 502", async () => {
    const { stack, response } = await die(silent, "SIGKILL");
    expect(response.status).toBe(502);
    await afterwards(stack, response);
  });

  test("of being frozen until Lambda's own limit: the stream is cut, without a last line", async () => {
    const { stack, response } = await die(() => [...begun, hang], "SIGSTOP", scaledSeconds(6));
    await expect(readAnswer(response)).rejects.toThrow();
    await afterwards(stack, response);
  });
});
