// Tests that the report of a request has the time of the first delta.
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { eventFrame } from "../../../lib/local/bedrock/frames.ts";
import { waitFor } from "../../support/deadline.ts";
import { call, prelude, startUrl } from "../../support/servers/local-function-url.ts";

const start = `{"type":"start","version":1}\n`;
const delta = `{"type":"contentBlockDelta","contentBlockIndex":0,"delta":{"text":"Hi"}}\n`;

/** Sends a request whose answer the test writes piece by piece. */
async function openAnswer() {
  const url = await startUrl();
  const sent = call(url, { method: "POST", body: Buffer.from("{}") });
  const body = await url.invoked();
  const invokedAt = performance.now();
  body.write(prelude({ statusCode: 200 }));
  const response = await sent;
  let received = 0;
  let written = 0;
  response.on("data", (bytes: Buffer) => (received += bytes.length));
  return {
    invokedAt,
    /** Resolves when the piece has arrived, so that the next one is not sent together with it. */
    async write(piece: string | Buffer) {
      written += Buffer.byteLength(piece);
      body.write(piece);
      while (received < written) await waitFor("A piece of the answer", once(response, "data"));
    },
    async report() {
      body.end();
      await waitFor("The end of the answer", once(response, "end"));
      return url.reported();
    },
  };
}

async function reportOf(...pieces: (string | Buffer)[]) {
  const answer = await openAnswer();
  for (const piece of pieces) await answer.write(piece);
  return answer.report();
}

describe("the first delta in a request's report", () => {
  test("the first delta is timed from the request's arrival, not from the stream's first line", async () => {
    const answer = await openAnswer();
    // This other request takes some time, which counts for the first delta of `answer`.
    await reportOf(start, delta);
    await answer.write(start);
    const firstAt = performance.now();
    await answer.write(delta);
    const arrivedAt = performance.now();
    await reportOf(start, delta);
    const secondAt = performance.now();
    await answer.write(delta);
    const { firstDeltaMs = 0, totalMs } = await answer.report();
    expect(firstDeltaMs).toBeGreaterThanOrEqual(firstAt - answer.invokedAt);
    expect(totalMs - firstDeltaMs).toBeGreaterThanOrEqual(secondAt - arrivedAt);
  });

  test.each([1, 2, 10, 26, 27])(
    "the first delta is found when its line is split after %i bytes",
    async (cut) => {
      const { firstDeltaMs } = await reportOf(start + delta.slice(0, cut), delta.slice(cut));
      expect(firstDeltaMs).toBeGreaterThan(0);
    },
  );

  test("the first delta is found in pieces of one byte", async () => {
    const { firstDeltaMs } = await reportOf(...delta);
    expect(firstDeltaMs).toBeGreaterThan(0);
  });

  test.each([20, 37, 60])(
    "the first delta is found in Bedrock's event stream, split after %i bytes",
    async (cut) => {
      const frame = eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hi" } });
      const stop = eventFrame("contentBlockStop", { contentBlockIndex: 0 });
      const { firstDeltaMs } = await reportOf(stop, frame.subarray(0, cut), frame.subarray(cut));
      expect(firstDeltaMs).toBeGreaterThan(0);
    },
  );

  test("the first delta is found in server-sent events", async () => {
    expect(await reportOf(`event: contentBlockDelta\ndata: ${delta}\n`)).toHaveProperty("firstDeltaMs");
  });

  test("a report has no time of the first delta if there is no delta, even if a text quotes one", async () => {
    const quoting = `{"type":"messageStart","text":${JSON.stringify(delta)}}\n`;
    expect(await reportOf(start, quoting)).not.toHaveProperty("firstDeltaMs");
  });
});
