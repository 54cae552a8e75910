// Tests callers who read steadily, but need far longer than the stall timeout for one large event.
import { once } from "node:events";
import { expect, test } from "vitest";
import { ending, event, type Step } from "../../lib/local/bedrock/script.ts";
import { eventFrame } from "../support/frames/aws-frames.ts";
import { bareRequest, openConnection, requestIdOf } from "../support/callers/bare-caller.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { modelOf, startWithRows, type ScriptedRow } from "../support/matrix/fault-rows.ts";

const megabyte = 1024 * 1024;
/** Far larger than all buffers between the function and the caller. */
const large = eventFrame("contentBlockDelta", { delta: { text: "x".repeat(20 * megabyte) } });
const bytes: Step = { do: "bytes", bytes: large };

const rows: ScriptedRow[] = [
  {
    fault: "an event of 20 MB in mid-stream",
    becomes: "200 end",
    script: (request) => [
      event("messageStart", { role: "assistant" }),
      bytes,
      ...ending(request, "end_turn", 1),
    ],
  },
  {
    fault: "an event of 20 MB at the end",
    becomes: "200 end",
    // The end line is written right after this event, so the function has to wait for the caller after the stream's end.
    script: () => [
      event("messageStart", { role: "assistant" }),
      { do: "bytes", bytes: Buffer.concat([eventFrame("messageStop", { stopReason: "end_turn" }), large]) },
      { do: "bytes", bytes: Buffer.from("bytes that are not a frame end the answer") },
    ],
  },
];

/** The stall timeout in milliseconds. */
const limit = scaled(700);
/** The readers' pace: the large event takes several times the stall timeout. */
const bytesPerMs = large.length / scaled(4000);

/** Reads the whole answer. Resolves with its first and last kilobyte (`ends`) and with the time that it took. */
async function readSteadily(url: string, model: string): Promise<{ ends: string; tookMs: number }> {
  const buffer = Buffer.alloc(64 * 1024);
  const startedAt = performance.now();
  let first = "";
  let last = "";
  let received = 0;
  const socket = await openConnection(url, {
    buffer,
    callback(length) {
      const text = buffer.toString("latin1", 0, length);
      if (first === "") first = text.slice(0, 1000);
      last = (last + text).slice(-1000);
      received += length;
      const due = startedAt + received / bytesPerMs - performance.now();
      if (/"type":"(end|error)".*\r\n0\r\n\r\n$/s.test(last)) socket.destroy();
      else setTimeout(() => socket.resume(), due);
      return false;
    },
  });
  const { head, body } = await bareRequest(url, { prompt: "x", modelId: model });
  socket.write(Buffer.concat([head, body]));
  await waitFor("The end of a steady response", once(socket, "close"));
  return { ends: first + last, tookMs: performance.now() - startedAt };
}

test("a caller who steadily reads an event of 20 MB, in mid-stream or at the end, gets the complete answer", async () => {
  const variables = { DELTAPIPE_CALLER_STALL_SECONDS: String(limit / 1000) };
  const stack = await startWithRows(rows, { variables });
  await Promise.all(
    rows.map(async (row) => {
      const { ends, tookMs } = await readSteadily(stack.url, modelOf(row));
      expect(ends, row.fault).toContain(`"type":"end"`);
      expect(tookMs).toBeGreaterThan(2 * limit);
      expect(await stack.record(requestIdOf(ends))).toMatchObject({ status: 200, outcome: "end" });
    }),
  );
});
