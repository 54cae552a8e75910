// Tests that the local Bedrock notices clients that disconnect.
import { once } from "node:events";
import { expect, test } from "vitest";
import { event, pause } from "../../../lib/local/bedrock/script.ts";
import { waitFor } from "../../support/deadline.ts";
import { callModel, modelWith, startTestBedrock } from "../../support/servers/local-bedrock.ts";

test("a disconnect in mid-stream ends the script at once", async () => {
  let ended = false;
  const endless = modelWith(function* () {
    try {
      for (;;) {
        yield event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "on" } });
        yield pause(60_000);
      }
    } finally {
      ended = true;
    }
  });
  const bedrock = await startTestBedrock({ models: { "test.endless": endless } });
  const response = await callModel(bedrock, "test.endless");
  await waitFor("the first delta", once(response, "data"));
  expect(bedrock.statistics).toMatchObject({ requests: 1, active: 1 });
  response.destroy();
  await waitFor("the end of the request", bedrock.idle());
  expect(bedrock.statistics).toMatchObject({ active: 0, completed: 0, aborted: 1 });
  await waitFor(
    "the end of the script",
    bedrock.until(() => ended),
  );
});

test("a disconnect of a client that does not read is noticed during a flood", async () => {
  const bedrock = await startTestBedrock();
  const response = await callModel(bedrock, "local.flood", "10000000");
  await waitFor("the first bytes", once(response, "readable"));
  response.destroy();
  await waitFor("the end of the request", bedrock.idle());
  expect(bedrock.statistics).toMatchObject({ completed: 0, aborted: 1 });
});

test("a disconnect is noticed while the script waits forever", async () => {
  const stuck = modelWith(async function* () {
    yield event("messageStart", { role: "assistant" });
    await new Promise(() => {});
  });
  const bedrock = await startTestBedrock({ models: { "test.stuck": stuck } });
  const response = await callModel(bedrock, "test.stuck");
  await waitFor("the first frame", once(response, "data"));
  response.destroy();
  await waitFor("the end of the request", bedrock.idle());
  expect(bedrock.statistics.aborted).toBe(1);
});
