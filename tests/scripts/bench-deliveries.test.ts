// Tests that the benchmark measures an answer as kept only if the table has it.
import { describe, expect, onTestFinished, test } from "vitest";
import { countBytes } from "../../scripts/bench/body-readers.ts";
import { keptDelivery } from "../../scripts/bench/deliveries/delivery.ts";
import { upstreamModel } from "../../scripts/bench/upstream-model.ts";
import type { StackOptions } from "../../lib/local/stack.ts";
import { waitFor } from "../support/deadline.ts";
import { startTestStack } from "../support/servers/local-stack.ts";

const deltas = 50;

async function startDelivery(options: Partial<StackOptions>) {
  const bedrock = { kind: "local", options: { models: { "bench.model": upstreamModel } } } as const;
  const stack = await startTestStack({ bedrock, ...options });
  onTestFinished(() => stack.close());
  return { stack, delivery: keptDelivery(stack) };
}

describe("an answer that is measured as kept", () => {
  test("a kept answer can be read again, and Bedrock was called once for it", async () => {
    const { stack, delivery } = await startDelivery({ answerStore: {} });
    await countBytes(await waitFor("the answer", delivery.ask({ deltas })));
    await waitFor("the check", delivery.checkKept!());
    expect(stack.bedrock!.statistics.requests).toBe(1);
  });

  test("each kept answer has its own key, so that Bedrock is called for each", async () => {
    const { stack, delivery } = await startDelivery({ answerStore: {} });
    for (let number = 0; number < 2; number++)
      await countBytes(await waitFor(`answer ${number}`, delivery.ask({ deltas })));
    expect(stack.bedrock!.statistics.requests).toBe(2);
  });

  test("a kept answer fails its check if the table does not exist, although all of its deltas arrive", async () => {
    const variables = { DELTAPIPE_ANSWER_TABLE: "missing" };
    const { delivery } = await startDelivery({ answerStore: {}, variables });
    const bytes = await countBytes(await waitFor("the answer", delivery.ask({ deltas })));
    expect(bytes).toBeGreaterThan(deltas);
    await expect(waitFor("the check", delivery.checkKept!())).rejects.toThrow(
      /^Cannot measure .*found status 50\d/,
    );
  });

  test("a service that keeps no answers refuses a request for a kept answer", async () => {
    const { delivery } = await startDelivery({});
    await expect(waitFor("the refusal", delivery.ask({ deltas }))).rejects.toThrow("found status 400");
  });
});
