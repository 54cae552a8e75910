// Tests the matrix's faults with AWS's SDK on Bedrock's own paths: the SDK throws if an answer fails, and never treats a partial
// answer as complete.
import { type BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { userSays } from "../support/callers/bedrock-client.ts";
import { converseWith, createServiceClient } from "../support/callers/service-sdk-client.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { begun } from "../support/frames/begun-answer.ts";
import {
  expectNoLosses,
  expectService,
  modelOf,
  modelsOf,
  startWithRows,
} from "../support/matrix/fault-rows.ts";
import { assertSdkRow, operations, rowsFor } from "../support/matrix/sdk-rows.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { type RawUpstream, startRawUpstream } from "../support/servers/raw-upstream.ts";
import { connectionRows } from "./rows/connections.ts";
import { corruptRows } from "./rows/corrupt-frames.ts";
import { deadlineRows, early, hang, withDeadline } from "./rows/deadlines.ts";
import { errorResponseRows, firstFrameRows, midStreamRows } from "./rows/error-responses.ts";
import { oddRows } from "./rows/odd-frames.ts";
import { silenceRows } from "./rows/silence.ts";

interface Caller {
  stack: TestStack;
  client: BedrockRuntimeClient;
}

/** The limit for the first byte and for stalls: well above the two seconds that some rows wait. */
const limitMs = scaled(4000);
const limits = {
  DELTAPIPE_FIRST_BYTE_SECONDS: String(limitMs / 1000),
  DELTAPIPE_STALL_SECONDS: String(limitMs / 1000),
};

function connectTo(stack: TestStack): Caller {
  return { stack, client: createServiceClient(stack.url, { maxAttempts: 1 }) };
}

async function close({ stack, client }: Caller): Promise<void> {
  client.destroy();
  await stack.close();
}

describe("an answer from Bedrock", () => {
  const answerRows = [...errorResponseRows, ...firstFrameRows, ...midStreamRows, ...corruptRows, ...oddRows];
  const rows = operations.map((operation) => ({
    operation,
    answers: rowsFor(operation, answerRows),
    silences: rowsFor(operation, silenceRows),
  }));
  const upstream = modelsOf(rows.flatMap(({ answers, silences }) => [...answers, ...silences]));
  let caller: Caller;
  beforeAll(async () => {
    const bedrock = { kind: "local" as const, options: { models: upstream.models } };
    caller = connectTo(await startTestStack({ bedrock, variables: limits }));
  });
  afterAll(() => close(caller));

  describe.each(rows)("to $operation", ({ operation, answers, silences }) => {
    test.concurrent.each(answers.map((row) => [row.fault, row] as const))(
      'the SDK throws the right exception, or none, for the fault "%s"',
      async (_fault, row) => {
        await assertSdkRow(caller, operation, row, () => upstream.over(row));
      },
    );

    test.concurrent.each(silences.map((row) => [row.fault, row.becomes, row] as const))(
      'the SDK throws the right exception, or none, for the silence "%s"',
      async (_fault, becomes, row) => {
        const startedAt = performance.now();
        await assertSdkRow(caller, operation, row, () => upstream.over(row));
        if (becomes.endsWith("UpstreamTimeout"))
          expect(performance.now() - startedAt).toBeGreaterThan(limitMs - 100);
      },
    );
  });

  test("no fault of an answer ends an execution environment", () => expectNoLosses(caller.stack));
});

describe("a connection to Bedrock", () => {
  const rows = operations.map((operation) => ({
    operation,
    connections: rowsFor(operation, connectionRows),
  }));
  const all = rows.flatMap(({ connections }) => connections);
  let upstream: RawUpstream;
  let caller: Caller;
  beforeAll(async () => {
    upstream = await startRawUpstream(Object.fromEntries(all.map((row) => [modelOf(row), row.behavior])));
    const names = ["local.echo", ...all.map(modelOf)];
    const variables = {
      ...limits,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url,
      DELTAPIPE_MODELS: names.map((name) => `${name}=${name}`).join(","),
    };
    caller = connectTo(await startTestStack({ variables }));
  });
  afterAll(async () => {
    await close(caller);
    await upstream.close();
  });

  describe.each(rows)("for $operation", ({ operation, connections }) => {
    test.concurrent.each(connections.map((row) => [row.fault, row] as const))(
      'the SDK throws the right exception, or none, if Bedrock causes the fault "%s"',
      async (_fault, row) => {
        await assertSdkRow(caller, operation, row, () => upstream.over(modelOf(row)));
        expect(upstream.attempts(modelOf(row))).toBe(row.attempts ?? 1);
      },
    );
  });

  test("no fault of a connection ends an execution environment", () => expectNoLosses(caller.stack));
});

test("the SDK throws when Lambda's deadline comes, unless messageStop has already come", async () => {
  const rows = operations.map((operation) => ({ operation, rows: rowsFor(operation, deadlineRows) }));
  const all = rows.flatMap(({ operation, rows: some }) => some.map((row) => ({ operation, row })));
  const { upstream, ...stack } = await startWithRows(
    all.map(({ row }) => row),
    withDeadline,
  );
  const caller = connectTo(stack);
  await Promise.all(
    all.map(async ({ operation, row }) => {
      const startedAt = performance.now();
      await assertSdkRow(caller, operation, row, () => upstream.over(row));
      expect(performance.now() - startedAt).toBeGreaterThan(early - 100);
    }),
  );
  await expectNoLosses(stack);
  caller.client.destroy();
});

describe("a process that dies", () => {
  const row = { fault: "death", becomes: "a cut", script: () => [...begun, hang] };

  async function startDying(): Promise<Caller & { kill: () => void }> {
    const stack = await startWithRows([row]);
    const caller = connectTo(stack);
    onTestFinished(() => caller.client.destroy());
    return { ...caller, kill: () => process.kill(stack.lambda.environments().pids[0]!, "SIGKILL") };
  }

  test("a process that dies in mid-stream makes the SDK throw instead of ending the answer normally", async () => {
    const { stack, client, kill } = await startDying();
    const asked = client.send(new ConverseStreamCommand({ modelId: modelOf(row), ...userSays("x") }));
    const { stream } = await waitFor("The head", asked);
    async function read(): Promise<void> {
      for await (const event of stream ?? []) if (event.contentBlockDelta) kill();
    }
    await expect(waitFor("The end of the stream", read())).rejects.toThrow();
    await expectService(stack);
  });

  test("a process that dies before Converse has answered makes the SDK throw an error with the status 502", async () => {
    const { stack, client, kill } = await startDying();
    const asked = converseWith(client, modelOf(row));
    await waitFor(
      "The call to Bedrock",
      stack.bedrock!.until(({ active }) => active === 1),
    );
    kill();
    expect((await asked).error).toMatchObject({ $metadata: { httpStatusCode: 502 } });
    await expectService(stack);
  });
});
