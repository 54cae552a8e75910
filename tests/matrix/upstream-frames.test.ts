// What Bedrock sends is odd, broken, unfinished or more than it should be: nothing is lost, nothing is taken for whole.
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { delta, ending, event, pause, type Step } from "../../lib/local/bedrock/script.ts";
import { codec, eventFrame, frame, recordedAnswer } from "../support/aws-frames.ts";
import { within } from "../support/deadline.ts";
import { endure, expectNoLosses, modelsOf, outcomeOf, type ScriptedRow } from "../support/fault-rows.ts";
import { startTestStack, textOf, type TestStack } from "../support/local-stack.ts";

const bytes = (data: Uint8Array): Step => ({ do: "bytes", bytes: data });
const begun = [event("messageStart", { role: "assistant" }), delta(0, { text: "So far" })];
const recorded = Buffer.concat(recordedAnswer);
const anotherDelta = eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: " more" } });
const large = "x".repeat(16 * 1024 * 1024);

/** A frame with some of its bytes changed, and its checksums right again where that is asked for. */
function spoiled(change: (copy: Buffer) => unknown, resealed: "resealed" | "as it is" = "resealed"): Buffer {
  const copy = Buffer.from(anotherDelta);
  change(copy);
  if (resealed === "as it is") return copy;
  copy.writeUInt32BE(crc32(copy.subarray(0, 8)), 8);
  copy.writeUInt32BE(crc32(copy.subarray(0, -4)), copy.length - 4);
  return copy;
}

function corrupt(fault: string, data: Uint8Array): ScriptedRow {
  const lines: ScriptedRow["lines"] = ["start", "messageStart", "contentBlockDelta", "error"];
  // What follows a frame that cannot be trusted is not read, though it is an answer's proper end.
  const script: ScriptedRow["script"] = (request) => [
    ...begun,
    bytes(data),
    ...ending(request, "end_turn", 1),
  ];
  return { fault, becomes: "200 StreamCorrupt", lines, script };
}

function unfinished(fault: string, ...steps: Step[]): ScriptedRow {
  return { fault, becomes: "200 StreamTruncated", script: () => [...begun, ...steps] };
}

function whole(fault: string, ...steps: Step[]): ScriptedRow {
  const script: ScriptedRow["script"] = (request) => [...begun, ...steps, ...ending(request, "end_turn", 1)];
  return { fault, becomes: "200 end", script };
}

const everyHeader = Buffer.from(
  codec.encode({
    headers: {
      ":message-type": { type: "string", value: "event" },
      ":event-type": { type: "string", value: "contentBlockDelta" },
      yes: { type: "boolean", value: true },
      byte: { type: "byte", value: -7 },
      short: { type: "short", value: -700 },
      integer: { type: "integer", value: -70_000 },
      binary: { type: "binary", value: Uint8Array.from([1, 2, 3]) },
      timestamp: { type: "timestamp", value: new Date(1_700_000_000_000) },
      uuid: { type: "uuid", value: "00010203-0405-0607-0809-0a0b0c0d0e0f" },
    },
    body: Buffer.from(`{"contentBlockIndex":0,"delta":{"text":" more"}}`),
  }),
);

const rows: ScriptedRow[] = [
  whole("an unknown event", event("weatherReport", { sky: "clear", type: "own" }), event("empty", {})),
  whole(
    "unknown members",
    delta(0, { hologram: { depth: 3 } }),
    event("contentBlockStop", { later: [null] }),
  ),
  whole(
    "events with the names of our own lines",
    ...["start", "ping", "end", "error"].map((name) => event(name, {})),
  ),
  whole("a frame of 16 MB", bytes(eventFrame("contentBlockDelta", { delta: { text: large } }))),
  whole("headers of every type", bytes(everyHeader)),
  whole("two thousand frames at once", ...Array.from({ length: 2000 }, () => delta(0, { text: "x" }))),
  whole(
    "a payload over several lines",
    bytes(frame({ ":message-type": "event", ":event-type": "x" }, `{\n"a": 1\r\n}`)),
  ),
  {
    fault: "one byte at a time",
    becomes: "200 end",
    async *script() {
      for (const byte of recorded) yield bytes(Uint8Array.of(byte));
    },
  },
  { fault: "frames after messageStop", becomes: "200 end", script: () => [bytes(recorded), ...begun] },
  {
    fault: "half a frame after messageStop",
    becomes: "200 end",
    script: () => [bytes(recorded), bytes(anotherDelta.subarray(0, 40))],
  },
  { fault: "a cut after messageStop", becomes: "200 end", script: () => [bytes(recorded), { do: "cut" }] },
  { fault: "silence after messageStop", becomes: "200 end", script: () => [bytes(recorded), { do: "hang" }] },
  {
    fault: "bytes that are no frame after messageStop",
    becomes: "200 StreamCorrupt",
    script: () => [bytes(recorded), bytes(Buffer.alloc(64, "x"))],
  },
  corrupt(
    "an absurd length",
    spoiled((copy) => copy.writeUInt32BE(0xffff_ffff, 0)),
  ),
  corrupt(
    "a length that is too short",
    spoiled((copy) => copy.writeUInt32BE(15, 0)),
  ),
  corrupt(
    "absurd headers",
    spoiled((copy) => copy.writeUInt32BE(0x7fff_ffff, 4)),
  ),
  corrupt(
    "a wrong checksum of the prelude",
    spoiled((copy) => (copy[8]! ^= 1), "as it is"),
  ),
  corrupt(
    "a wrong checksum of the message",
    spoiled((copy) => (copy[copy.length - 1]! ^= 1), "as it is"),
  ),
  corrupt(
    "a wrong bit in the payload",
    spoiled((copy) => (copy[copy.length - 9]! ^= 1), "as it is"),
  ),
  corrupt(
    "a header of an unknown type",
    spoiled((copy) => copy.writeUInt8(10, 13 + copy[12]!)),
  ),
  corrupt(
    "a header that is cut short",
    spoiled((copy) => copy.writeUInt8(250, 12)),
  ),
  corrupt("a frame without headers", codec.encode({ headers: {}, body: Buffer.from("{}") })),
  corrupt("a frame of an unknown kind", frame({ ":message-type": "rumour" }, "{}")),
  corrupt("an event without a name", frame({ ":message-type": "event" }, "{}")),
  corrupt("an event whose name breaks lines", eventFrame('x"\n', {})),
  corrupt("a payload that is not JSON", frame({ ":message-type": "event", ":event-type": "x" }, "secret")),
  corrupt(
    "a payload that is not UTF-8",
    spoiled((copy) => copy.writeUInt8(0xff, copy.length - 9)),
  ),
  corrupt("a payload that is an array", eventFrame("x", [1])),
  corrupt("a payload that is null", eventFrame("x", null)),
  corrupt("a web page in mid-stream", Buffer.from("<!doctype html><title>Sign in</title>")),
  unfinished("a clean end before messageStop"),
  unfinished("a clean end within a frame", bytes(anotherDelta.subarray(0, 40))),
  unfinished("a cut between frames", { do: "cut" }),
  unfinished("a cut within a frame", bytes(anotherDelta.subarray(0, 40)), { do: "cut" }),
  { fault: "an end without a frame", becomes: "502 StreamTruncated", script: () => [{ do: "accept" }] },
  {
    fault: "an end without a frame after two seconds",
    becomes: "200 StreamTruncated",
    lines: ["start", "error"],
    script: () => [{ do: "accept" }, pause(2000)],
  },
];

const cutAnywhere: ScriptedRow = {
  fault: "a cut at every byte of a recorded stream",
  becomes: "one last line, each time",
  script: ({ prompt }) => [{ do: "accept" }, bytes(recorded.subarray(0, Number(prompt))), { do: "cut" }],
};

const upstream = modelsOf([...rows, cutAnywhere]);
let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ bedrock: { kind: "local", options: { models: upstream.models } } });
});
afterAll(() => stack.close());

test.concurrent.each(rows.map((row) => [row.fault, row.becomes, row] as const))(
  "Bedrock sends %s: %s",
  async (_fault, becomes, row) => {
    const { body, lines } = await endure(stack, row, () => upstream.over(row));
    expect(body).not.toContain("secret");
    if (becomes === "200 end" && row.fault.includes("16 MB")) expect(textOf(lines)).toBe(`So far${large}`);
  },
);

test("Bedrock sends a cut at every byte of a recorded stream: StreamTruncated before messageStop, end after it", async () => {
  const [first = 0, ...more] = recordedAnswer.map(({ length }) => length);
  const untilStop = first + more.slice(0, 4).reduce((sum, length) => sum + length, 0);
  const cuts = Array.from({ length: recorded.length }, (_, at) => at);
  const answers = new Map<number, string>();
  async function work(): Promise<void> {
    for (let at = cuts.pop(); at !== undefined; at = cuts.pop()) {
      const request = { prompt: String(at), modelId: "a-cut-at-every-byte-of-a-recorded-stream" };
      const answer = await within(8000, `The end of a cut at ${at}`, stack.ask(request));
      answers.set(at, outcomeOf(answer));
      expect(await stack.record(answer.headers.get("x-amzn-requestid") ?? "")).toMatchObject({
        status: answer.status,
      });
    }
  }
  await Promise.all([work(), work(), work(), work()]);
  for (const [at, outcome] of answers) {
    const name = at < untilStop ? "StreamTruncated" : "end";
    expect(outcome, `cut at ${at}`).toBe(`${at < first ? 502 : 200} ${name}`);
  }
  expect(answers.size).toBe(recorded.length);
  await within(4000, "Bedrock's rest", stack.bedrock!.idle());
}, 60_000);

test("no environment is lost to any of it", () => expectNoLosses(stack));
