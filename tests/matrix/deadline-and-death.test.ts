// Tests a function that runs out of time or whose process dies.
import { describe, expect, test } from "vitest";
import { generousSeconds, scaledSeconds, waitFor } from "../support/deadline.ts";
import {
  assertFaultRow,
  expectNoLosses,
  expectService,
  modelOf,
  startWithRows,
  type ScriptedRow,
} from "../support/matrix/fault-rows.ts";
import { readAnswer, recordsOf, type TestStack } from "../support/servers/local-stack.ts";
import { begun } from "../support/frames/begun-answer.ts";
import { deadlineRows, early, hang, withDeadline } from "./rows/deadlines.ts";

describe("Lambda's deadline", () => {
  test("every answer ends with a last line before Lambda's deadline, whatever state the answer is in", async () => {
    const stack = await startWithRows(deadlineRows, withDeadline);
    await expectService(stack);
    await Promise.all(
      deadlineRows.map(async (row) => {
        const startedAt = performance.now();
        await assertFaultRow(stack, row, () => stack.upstream.over(row));
        expect(performance.now() - startedAt).toBeGreaterThan(early - 100);
      }),
    );
    await expectNoLosses(stack);
  });
});

describe("the death of the process", () => {
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

  async function expectRecovery(stack: TestStack, response: Response): Promise<void> {
    await waitFor("The end of all calls to Bedrock", stack.bedrock!.idle());
    await expectService(stack);
    expect(stack.lambda.environments().started).toBe(2);
    // The dead process could not log a record of the request.
    expect(recordsOf(stack.log, response.headers.get("x-amzn-requestid")!)).toEqual([]);
  }

  test("a process killed in mid-stream cuts the stream without a last line", async () => {
    const { stack, response } = await die(() => [...begun, hang], "SIGKILL");
    await expect(readAnswer(response)).rejects.toThrow();
    await expectRecovery(stack, response);
  });

  test("a process killed before the first byte ends the request with 502", async () => {
    const { stack, response } = await die(silent, "SIGKILL");
    expect(response.status).toBe(502);
    await expectRecovery(stack, response);
  });

  test("a process that hangs until Lambda's own timeout cuts the stream without a last line", async () => {
    const { stack, response } = await die(() => [...begun, hang], "SIGSTOP", scaledSeconds(6));
    await expect(readAnswer(response)).rejects.toThrow();
    await expectRecovery(stack, response);
  });
});
