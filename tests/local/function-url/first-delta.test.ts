// Tests that the report of a request has the time of the first delta.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { eventFrame } from "../../../lib/local/bedrock/frames.ts";
import { call, prelude, startUrl, readText } from "../../support/servers/local-function-url.ts";

const start = `{"type":"start","version":1}\n`;
const delta = `{"type":"contentBlockDelta","contentBlockIndex":0,"delta":{"text":"Hi"}}\n`;

async function reportOf(...pieces: (string | Buffer | number)[]) {
  const url = await startUrl();
  const response = call(url, { method: "POST", body: Buffer.from("{}") });
  const body = await url.invoked();
  body.write(prelude({ statusCode: 200 }));
  for (const piece of pieces) {
    if (typeof piece === "number") await sleep(piece);
    else body.write(piece);
  }
  body.end();
  await readText(await response);
  return url.reported();
}

describe("the report's first delta", () => {
  test("is timed from the request's arrival, not from the stream's first line", async () => {
    const { firstDeltaMs = 0, totalMs } = await reportOf(start, 100, delta, 100, delta);
    expect(firstDeltaMs).toBeGreaterThan(95);
    expect(totalMs - firstDeltaMs).toBeGreaterThan(95);
  });

  test.each([1, 2, 10, 26, 27])("is found when its line is split after %i bytes", async (cut) => {
    const { firstDeltaMs } = await reportOf(start + delta.slice(0, cut), 20, delta.slice(cut));
    expect(firstDeltaMs).toBeGreaterThan(0);
  });

  test("is found in pieces of one byte", async () => {
    const { firstDeltaMs } = await reportOf(...[...delta].flatMap((byte) => [byte, 1]));
    expect(firstDeltaMs).toBeGreaterThan(0);
  });

  test.each([20, 37, 60])("is found in Bedrock's event stream, split after %i bytes", async (cut) => {
    const frame = eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hi" } });
    const stop = eventFrame("contentBlockStop", { contentBlockIndex: 0 });
    const { firstDeltaMs } = await reportOf(stop, frame.subarray(0, cut), 20, frame.subarray(cut));
    expect(firstDeltaMs).toBeGreaterThan(0);
  });

  test("is found in server-sent events", async () => {
    expect(await reportOf(`event: contentBlockDelta\ndata: ${delta}\n`)).toHaveProperty("firstDeltaMs");
  });

  test("is absent without a delta, even if a text quotes one", async () => {
    const quoting = `{"type":"messageStart","text":${JSON.stringify(delta)}}\n`;
    expect(await reportOf(start, quoting)).not.toHaveProperty("firstDeltaMs");
  });
});
