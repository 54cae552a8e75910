// Tests every error response and exception of Bedrock, and some that it does not have yet.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assertFaultRow, expectNoLosses, modelsOf } from "../support/rows/fault-rows.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { before, during, first } from "./rows/error-responses.ts";

const upstream = modelsOf([...before, ...first, ...during]);
let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ bedrock: { kind: "local", options: { models: upstream.models } } });
});
afterAll(() => stack.close());

describe.each([
  ["before the stream", before],
  ["instead of the first event", first],
  ["in the stream", during],
])("an error from Bedrock %s", (_, rows) => {
  test.concurrent.each(rows.map((row) => [row.fault, row.becomes, row] as const))(
    "%s becomes %s",
    async (_fault, _becomes, row) => {
      const { body } = await assertFaultRow(stack, row, () => upstream.over(row));
      expect(body).not.toMatch(
        /arn:aws|123456789012|10\.1\.2\.3|:8443|\.internal|\.java|com\.amazon|127\.0\.0\.1/i,
      );
    },
  );
});

test("all environments survive", () => expectNoLosses(stack));
