// Tests every error response and exception of Bedrock, and some that Bedrock does not have yet.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assertFaultRow, expectNoLosses, modelsOf } from "../support/matrix/fault-rows.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { errorResponseRows, firstFrameRows, midStreamRows } from "./rows/error-responses.ts";

const upstream = modelsOf([...errorResponseRows, ...firstFrameRows, ...midStreamRows]);
let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ bedrock: { kind: "local", options: { models: upstream.models } } });
});
afterAll(() => stack.close());

describe.each([
  ["before the stream", errorResponseRows],
  ["instead of the first event", firstFrameRows],
  ["in the stream", midStreamRows],
])("an error from Bedrock %s", (_, rows) => {
  test.concurrent.each(rows.map((row) => [row.fault, row.becomes, row] as const))(
    'the fault "%s" becomes %s',
    async (_fault, _becomes, row) => {
      const { body } = await assertFaultRow(stack, row, () => upstream.over(row));
      expect(body).not.toMatch(
        /arn:aws|123456789012|10\.1\.2\.3|:8443|\.internal|\.java|com\.amazon|127\.0\.0\.1/i,
      );
    },
  );
});

test("no error from Bedrock ends an execution environment", () => expectNoLosses(stack));
