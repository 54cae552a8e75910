// Tests the short answer that each process relays to nowhere, so that its code is ready for Bedrock's first event.
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { sampleAnswer } from "../../lib/stream/prepare-relay.ts";
import { codec } from "../support/frames/aws-frames.ts";
import { connectRelay } from "../support/frames/relay-run.ts";

test("the answer that prepares a process consists of frames that AWS's codec can read", () => {
  const chunks = [...sampleAnswer()];
  const names = chunks.map((chunk) => {
    const { headers } = codec.decode(chunk.subarray(0, chunk.readUInt32BE()));
    return headers[":event-type"]?.value;
  });
  expect(names).toEqual([
    "messageStart",
    "contentBlockDelta",
    "contentBlockDelta",
    "contentBlockStop",
    "messageStop",
    "metadata",
  ]);
});

test.each(["ndjson", "sse", "eventstream", "json"] as const)(
  "the answer that prepares a process is complete as %s",
  async (format) => {
    const { outcome, sink } = connectRelay(async () => Readable.from(sampleAnswer()), { format });
    expect(await outcome).toMatchObject({ error: undefined, stopReason: "end_turn", deltas: 3 });
    expect(sink.writes.length).toBeGreaterThan(0);
  },
);
