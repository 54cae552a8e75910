// Tests odd, corrupt, incomplete and superfluous frames: no event is lost, and a truncated answer is never reported as complete.
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleAnswer } from "../support/frames/aws-frames.ts";
import { waitFor } from "../support/deadline.ts";
import {
  assertFaultRow,
  expectNoLosses,
  modelsOf,
  outcomeOf,
  type ScriptedRow,
} from "../support/matrix/fault-rows.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { corruptRows } from "./rows/corrupt-frames.ts";
import { oddRows } from "./rows/odd-frames.ts";

const sample = Buffer.concat(sampleAnswer);

const cutAnywhere: ScriptedRow = {
  fault: "a cut at every byte of a sample stream",
  becomes: "one last line each time",
  script: ({ prompt }) => [
    { do: "accept" },
    { do: "bytes", bytes: sample.subarray(0, Number(prompt)) },
    { do: "cut" },
  ],
};

const upstream = modelsOf([...oddRows, ...corruptRows, cutAnywhere]);
let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ bedrock: { kind: "local", options: { models: upstream.models } } });
});
afterAll(() => stack.close());

test.concurrent.each([...oddRows, ...corruptRows].map((row) => [row.fault, row.becomes, row] as const))(
  'a stream from Bedrock with "%s" becomes %s',
  async (_fault, _becomes, row) => {
    const { body } = await assertFaultRow(stack, row, () => upstream.over(row));
    expect(body).not.toContain("secret");
    for (const text of row.says ?? []) expect(body.includes(text), text.slice(0, 100)).toBe(true);
  },
);

test("a stream that is cut at any byte ends with StreamTruncated before messageStop, and with end after it", async () => {
  const [first = 0, ...more] = sampleAnswer.map(({ length }) => length);
  const untilStop = first + more.slice(0, 4).reduce((sum, length) => sum + length, 0);
  const cuts = Array.from({ length: sample.length }, (_, at) => at);
  const answers = new Map<number, string>();
  async function work(): Promise<void> {
    for (let at = cuts.pop(); at !== undefined; at = cuts.pop()) {
      const request = { prompt: String(at), modelId: "a-cut-at-every-byte-of-a-sample-stream" };
      const answer = await waitFor(`The end of the stream cut at ${at}`, stack.ask(request));
      answers.set(at, outcomeOf(answer));
      expect(await stack.record(answer.headers.get("x-amzn-requestid") ?? "")).toMatchObject({
        status: answer.status,
      });
    }
  }
  await Promise.all([work(), work(), work(), work()]);
  for (const [at, outcome] of answers) {
    const name = at < untilStop ? "StreamTruncated" : "end";
    expect(outcome, `cut at ${at}`).toBe(`${at < first ? 502 : 200} ${name}`);
  }
  expect(answers.size).toBe(sample.length);
  await waitFor("The end of all calls to Bedrock", stack.bedrock!.idle());
});

test("no stream from Bedrock ends an execution environment", () => expectNoLosses(stack));
