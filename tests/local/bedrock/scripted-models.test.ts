// Tests the scripted models with complete answers, as AWS's SDK reads them.
import { readFile } from "node:fs/promises";
import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import type { LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { scriptedModels } from "../../../lib/local/bedrock/scripted-models.ts";
import { userSays } from "../../support/callers/bedrock-client.ts";
import { waitFor } from "../../support/deadline.ts";
import { mixedText } from "../../support/frames/mixed-text.ts";
import { playSampleModels } from "../../support/frames/sample-models.ts";
import { converse, createSdkClient, transports } from "../../support/callers/sdk-conversation.ts";

const { models, eventsOf } = playSampleModels();
let bedrock: LocalBedrock;
beforeAll(async () => {
  bedrock = await startBedrock({ deltasPerSecond: Infinity, slowMs: 20, models });
});
afterAll(() => waitFor("closing", bedrock.close()));

test("the first scripted model is local.story, and every scripted model has a description", () => {
  expect(Object.keys(scriptedModels)[0]).toBe("local.story");
  for (const { description } of Object.values(scriptedModels)) expect(description).toMatch(/^.{10,80}$/);
});

test("the README lists every scripted model", async () => {
  const readme = await readFile(new URL("../../../lib/local/README.md", import.meta.url), "utf8");
  const listed = [...readme.matchAll(/^\| (`local\.[^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    cell.split(", "),
  );
  expect(listed.sort()).toEqual(
    Object.keys(scriptedModels)
      .map((id) => `\`${id}\``)
      .sort(),
  );
});

describe.each(transports)("AWS's SDK over %s", (_, transport) => {
  let client: BedrockRuntimeClient;
  beforeAll(() => {
    client = createSdkClient(bedrock.url, transport());
  });
  afterAll(() => client.destroy());

  test.each(["local.story", "local.echo", "local.thinking", "local.tool", "local.flood", "local.slow"])(
    "the SDK reads the events of %s unchanged",
    async (modelId) => {
      const { events, error } = await converse(client, { modelId });
      expect(error).toBeUndefined();
      expect(events).toEqual(eventsOf(modelId));
      expect(Object.keys(events.at(-1) ?? {})).toEqual(["metadata"]);
    },
  );

  test.each([
    ["200 KB of mixed text", mixedText(200_000)],
    ["halves of emoji", "\ud83d a \ude00 \udc00\ud800"],
  ])("local.echo returns %s", async (_, text) => {
    const { events, error } = await converse(client, { modelId: "local.echo", ...userSays(text) });
    expect(error).toBeUndefined();
    const pieces = events.map((event) => event.contentBlockDelta?.delta?.text ?? "");
    expect(pieces.join("") === text).toBe(true);
    expect(new Set(pieces.map((piece) => [...piece].length)).size).toBeGreaterThan(1);
  });

  test("the SDK reads local.unknown without the events that the SDK does not know", async () => {
    const { events, error } = await converse(client, { modelId: "local.unknown" });
    expect(error).toBeUndefined();
    expect(events.map((event) => Object.keys(event)[0])).toEqual([
      "messageStart",
      "contentBlockStart",
      "contentBlockDelta",
      "contentBlockStop",
      "contentBlockDelta",
      "contentBlockStop",
      "messageStop",
      "metadata",
    ]);
    expect(events[2]?.contentBlockDelta?.delta?.$unknown?.[0]).toBe("hologram");
  });

  test("local.story stops at maxTokens", async () => {
    const { events } = await converse(client, { modelId: "local.story", inferenceConfig: { maxTokens: 5 } });
    expect(events.filter((event) => event.contentBlockDelta)).toHaveLength(5);
    expect(events.at(-2)?.messageStop?.stopReason).toBe("max_tokens");
    expect(events.at(-1)?.metadata?.usage?.outputTokens).toBe(5);
  });

  test("local.tool requests the first tool, with an input that is JSON", async () => {
    const inputSchema = { json: { type: "object" } };
    const tools = [
      { toolSpec: { name: "find_boat", inputSchema } },
      { toolSpec: { name: "b", inputSchema } },
    ];
    const { events } = await converse(client, { modelId: "local.tool", toolConfig: { tools } });
    const start = events.find((event) => event.contentBlockStart)?.contentBlockStart?.start?.toolUse;
    expect(start).toEqual({ name: "find_boat", toolUseId: expect.stringMatching(/^tooluse_\w{20,}$/) });
    const input = events.map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? "").join("");
    expect(JSON.parse(input)).toEqual({ city: "Reykjavík", query: "☃?", days: 3 });
  });
});
