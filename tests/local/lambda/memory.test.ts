// Tests that 6 MB bodies fit into the default memory size, even if their parsed values take up far more than 6 MB.
import { afterEach, describe, expect, test } from "vitest";
import { readConfiguration } from "../../../lib/stream/settings/configuration.ts";
import { startTestStack, type TestStack } from "../../support/servers/local-stack.ts";
import { peakMemory } from "../../support/processes/process-memory.ts";

const { limits } = readConfiguration({ DELTAPIPE_MODELS: "a=vendor.a-v1:0" });
const bodyBytes = 6_000_000;
/** Megabytes, as in serverless.yml. Lambda kills a process that needs more. */
const memorySize = 256;

function list(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join(",");
}

/** A request of 6 MB with this value in a tool's result. A text fills the rest of the 6 MB. */
function bodyWith(json: string): string {
  const tools = `[{"toolSpec":{"name":"t","inputSchema":{"json":{"type":"object"}}}}]`;
  const turns = `{"role":"user","content":[{"text":"x"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"t","input":{}}}]}`;
  const before = `{"toolConfig":{"tools":${tools}},"messages":[${turns},{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"json":{"value":${json}}}]}},{"text":"`;
  const after = `"}]}]}`;
  return `${before}${"x".repeat(Math.max(0, bodyBytes - Buffer.byteLength(before + after)))}${after}`;
}

let stack: TestStack;
afterEach(() => stack.close());

/** Sends the body three times to one environment. Returns the statuses and the environment's peak memory in kilobytes. */
async function outcomeOf(body: string): Promise<{ statuses: number[]; peak: number }> {
  stack = await startTestStack({
    concurrency: 1,
    bedrock: { kind: "local", options: { deltasPerSecond: Infinity } },
  });
  const statuses = [];
  for (let turn = 0; turn < 3; turn++) statuses.push((await stack.ask(body)).status);
  const { started, pids } = stack.lambda.environments();
  expect(started).toBe(1);
  return { statuses, peak: peakMemory(pids[0]!)! };
}

describe.skipIf(peakMemory(process.pid) === undefined)("a request of 6 MB", () => {
  // Slightly below the limit, because the rest of the request has values as well.
  const most = limits.values - 100;
  const long = "x".repeat(40);
  test.each<[string, string]>([
    ["empty objects", `[${list(most, () => "{}")}]`],
    ["objects of one name each", `[${list(most / 2, (index) => `{"k${index}":0}`)}]`],
    [
      "objects of nine names",
      `[${list(most / 10, (row) => `{${list(9, (name) => `"k${row}_${name}":0`)}}`)}]`,
    ],
    ["one object of many names", `{${list(most, (index) => `"name-${index}-${long}":0`)}}`],
    ["texts that are not Latin-1", `["\u20ac",${list(most, (index) => `"text ${index} ${long}"`)}]`],
    ["long numbers", `[${list(most, (index) => `${index}.${"1".repeat(50)}`)}]`],
    [
      "names that are array indices, in descending order",
      `{${list(most, (index) => `"${4_294_967_294 - index * 3}":1.0`)}}`,
    ],
    [
      "names that are not Latin-1, and numbers",
      `{"\u20ac":1.0,${list(most, (index) => `"${index}-${long}":1.0`)}}`,
    ],
  ])("a request of 6 MB with as many values as the limit allows gets 200: %s", async (_, json) => {
    const { statuses, peak } = await outcomeOf(bodyWith(json));
    expect(statuses).toEqual([200, 200, 200]);
    expect(peak / 1024).toBeLessThan(memorySize);
  });

  test.each<[string, string]>([
    ["two million empty objects", `[${list(1_990_000, () => "{}")}]`],
    ["450,000 names", `{${list(450_000, (index) => `"k${index}":0`)}}`],
    ["numbers", `[${list(2_900_000, () => "1")}]`],
  ])("a request of 6 MB with more values than the limit gets 400: %s", async (_, json) => {
    const { statuses, peak } = await outcomeOf(bodyWith(json));
    expect(statuses).toEqual([400, 400, 400]);
    expect(peak / 1024).toBeLessThan(memorySize);
  });
});
