// Tests the matrix's faults with AWS's SDK on Bedrock's own paths: it throws for each, and never takes a part for the whole.
import { BedrockRuntimeServiceException, type BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { converseWith, createServiceClient, streamWith } from "../support/callers/service-sdk-client.ts";
import { expectNoLosses, modelOf, modelsOf } from "../support/matrix/fault-rows.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { corruptRows } from "./rows/corrupt-frames.ts";
import { errorResponseRows, firstFrameRows, midStreamRows } from "./rows/error-responses.ts";
import { oddRows } from "./rows/odd-frames.ts";

const rows = [...errorResponseRows, ...firstFrameRows, ...midStreamRows, ...corruptRows, ...oddRows];
/** Complete answers of which Converse would have to leave something out. */
const tooMuchForConverse = ["unknown members", "a frame of 16 MB"];
let stack: TestStack;
let client: BedrockRuntimeClient;
beforeAll(async () => {
  stack = await startTestStack({ bedrock: { kind: "local", options: { models: modelsOf(rows).models } } });
  client = createServiceClient(stack.url, { maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await stack.close();
});

describe.each([
  ["ConverseStream", (model: string) => streamWith(client, model)],
  ["Converse", (model: string) => converseWith(client, model)],
])("%s", (operation, call) => {
  test.concurrent.each(rows.map((row) => [row.fault, row.becomes, row] as const))(
    "%s: %s",
    async (_, becomes, row) => {
      const { error } = await call(modelOf(row));
      if (becomes !== "200 end") {
        expect(error).toBeInstanceOf(BedrockRuntimeServiceException);
        expect(String(error)).not.toMatch(/arn:aws|123456789012|10\.1\.2\.3|\.internal|\.java|com\.amazon/i);
      } else if (operation === "Converse" && tooMuchForConverse.includes(row.fault)) {
        expect(error).toMatchObject({ name: "InternalServerException", $metadata: { httpStatusCode: 424 } });
      } else expect(error).toBeUndefined();
    },
  );
});

test("all execution environments survive", () => expectNoLosses(stack));
