// Counts how often AWS's SDKs repeat a request by themselves. They must not repeat it if Bedrock has begun its answer.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { userSays } from "../support/callers/bedrock-client.ts";
import { hasBoto3, startBoto3 } from "../support/callers/boto3-process.ts";
import { converseWith, createServiceClient, streamWith } from "../support/callers/service-sdk-client.ts";
import { modelOf, type ScriptedRow } from "../support/matrix/fault-rows.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { corruptRows } from "../matrix/rows/corrupt-frames.ts";
import { errorResponseRows, firstFrameRows, midStreamRows } from "../matrix/rows/error-responses.ts";

const rows = [...errorResponseRows, ...firstFrameRows, ...midStreamRows, ...corruptRows.slice(0, 1)];
/** The number of calls to Bedrock for each model. */
const calls = new Map<string, number>();

function counting(row: ScriptedRow): [string, { description: string; script: ScriptedRow["script"] }] {
  const model = modelOf(row);
  const script: ScriptedRow["script"] = (request) => {
    calls.set(model, (calls.get(model) ?? 0) + 1);
    return row.script(request);
  };
  return [model, { description: row.fault, script }];
}

let stack: TestStack;
beforeAll(async () => {
  const models = Object.fromEntries(rows.map(counting));
  stack = await startTestStack({ bedrock: { kind: "local", options: { models } } });
});
afterAll(() => stack.close());

/**
 * For each request, the service calls Bedrock once, or twice if a second attempt may help and the service's retry quota allows
 * it. `attempts` is how often the SDK sends a request if Bedrock rejects it each time.
 */
async function expectCalls(row: ScriptedRow, attempts: number, ask: () => Promise<unknown>): Promise<void> {
  const model = modelOf(row);
  calls.delete(model);
  await ask();
  // `row.becomes` and `row.lines` describe the answer on the path /. There, the service sends the status 200 and the line
  // `start` after one second, even if Bedrock has sent no event yet. The SDKs call Bedrock's own paths, on which the service
  // waits longer: for Bedrock's first event, or for ten seconds. An answer with only the lines `start` and `error` contains no
  // event. On Bedrock's own paths it has therefore not begun, and the caller gets an error response.
  const hasBegun = row.becomes.startsWith("200 ") && row.lines?.join() !== "start,error";
  const isRepeated =
    !hasBegun && /^(429 |502 InternalServerException|503 |200 ThrottlingException)/.test(row.becomes);
  const requests = isRepeated ? attempts : 1;
  expect(calls.get(model)).toBeGreaterThanOrEqual(requests);
  expect(calls.get(model)).toBeLessThanOrEqual(hasBegun ? 1 : 2 * requests);
}

describe("the SDK for JavaScript", () => {
  test.concurrent.each(rows.map((row) => [row.fault, row.becomes, row] as const))(
    "the SDK sends a request again only if Bedrock has not begun its answer: %s (%s)",
    async (_fault, _becomes, row) => {
      // Each client has its own quota of retries.
      const client = createServiceClient(stack.url);
      await expectCalls(row, 3, () => streamWith(client, modelOf(row)));
      await expectCalls(row, 3, () => converseWith(client, modelOf(row)));
      client.destroy();
    },
  );
});

const oneOfEachKind = rows.filter(({ fault }) =>
  /^(responds with (408|424|429 (Mod|Thr)|500 I|502|503 S|504)|(thr|int).* in mid-stream|a length of 4)/.test(
    fault,
  ),
);

// The mode "adaptive" is not tested. It repeats the same requests as "standard", but after other delays.
describe.skipIf(!hasBoto3).each([
  ["legacy", 5],
  ["standard", 3],
])("boto3 in retry mode %s", (mode, attempts) => {
  let boto3: ReturnType<typeof startBoto3>;
  beforeAll(() => void (boto3 = startBoto3(stack.url, "lambda", mode)));
  afterAll(() => boto3.close());

  test.each(oneOfEachKind.map((row) => [row.fault, row.becomes, row] as const))(
    "boto3 sends a request again only if Bedrock has not begun its answer: %s (%s)",
    async (_fault, _becomes, row) => {
      for (const operation of ["converse_stream", "converse"]) {
        const request = { operation, modelId: modelOf(row), ...userSays("x") };
        await expectCalls(row, attempts, () => boto3.call(request));
      }
    },
  );
});
