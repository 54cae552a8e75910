// Tests that the local Bedrock notices clients that disconnect.
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { startBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import type { BedrockOptions, LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { event, pause } from "../../../lib/local/bedrock/script.ts";
import type { ScriptedModel } from "../../../lib/local/bedrock/script.ts";
import { pathOf, postRequest, userSays } from "../../support/callers/bedrock-client.ts";
import { waitFor } from "../../support/deadline.ts";

let bedrock: LocalBedrock;
afterEach(() => waitFor("closing", bedrock.close()));

async function start(options: BedrockOptions = {}): Promise<LocalBedrock> {
  return (bedrock = await startBedrock({ deltasPerSecond: Infinity, ...options }));
}

function call(modelId: string, text = "hello") {
  return postRequest(bedrock.url + pathOf(modelId), userSays(text));
}

function modelOf(script: ScriptedModel["script"]): ScriptedModel {
  return { description: "of a test", script };
}

test("a disconnect in mid-stream ends the script at once", async () => {
  let ended = false;
  const endless = modelOf(function* () {
    try {
      for (;;) {
        yield event("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "on" } });
        yield pause(60_000);
      }
    } finally {
      ended = true;
    }
  });
  await start({ models: { "test.endless": endless } });
  const response = await call("test.endless");
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
  await start();
  const response = await call("local.flood", "10000000");
  await waitFor("the first bytes", once(response, "readable"));
  response.destroy();
  await waitFor("the end of the request", bedrock.idle());
  expect(bedrock.statistics).toMatchObject({ completed: 0, aborted: 1 });
});

test("a disconnect is noticed while the script waits forever", async () => {
  const stuck = modelOf(async function* () {
    yield event("messageStart", { role: "assistant" });
    await new Promise(() => {});
  });
  await start({ models: { "test.stuck": stuck } });
  const response = await call("test.stuck");
  await waitFor("the first frame", once(response, "data"));
  response.destroy();
  await waitFor("the end of the request", bedrock.idle());
  expect(bedrock.statistics.aborted).toBe(1);
});
