// Rows of unusual frames, most of them valid, and of streams that end before the answer is complete.
import { delta, ending, event, exception, pause, type Step } from "../../../lib/local/bedrock/script.ts";
import { codec, eventFrame, frame, sampleAnswer } from "../../support/frames/aws-frames.ts";
import { anotherDelta, begun } from "../../support/frames/begun-answer.ts";
import type { ScriptedRow } from "../../support/matrix/fault-rows.ts";

const bytes = (data: Uint8Array): Step => ({ do: "bytes", bytes: data });
const sample = Buffer.concat(sampleAnswer);
const large = "x".repeat(16 * 1024 * 1024);

function incomplete(fault: string, ...steps: Step[]): ScriptedRow {
  return { fault, becomes: "200 StreamTruncated", script: () => [...begun, ...steps] };
}

/** A complete answer. The caller has to receive each text in `says`. */
function complete(fault: string, says: string[], ...steps: Step[]): ScriptedRow {
  const script: ScriptedRow["script"] = (request) => [...begun, ...steps, ...ending(request, "end_turn", 1)];
  return { fault, becomes: "200 end", says, script };
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

export const oddRows: ScriptedRow[] = [
  complete(
    "an unknown event",
    [`{"type":"weather-report_2.0","sky":"clear","bedrock:type":"own"`, `{"type":"empty"`],
    event("weather-report_2.0", { sky: "clear", type: "own" }),
    event("empty", {}),
  ),
  {
    ...complete(
      "unknown members",
      [`"delta":{"hologram":{"depth":3}}`, `"later":[null]`],
      delta(0, { hologram: { depth: 3 } }),
      event("contentBlockStop", { later: [null] }),
    ),
    becomesForConverse: "424 UpstreamInvalid",
  },
  complete(
    "events named like the service's own lines",
    ["start", "ping", "end", "error"].map((name) => `{"type":"bedrock:${name}"`),
    ...["start", "ping", "end", "error"].map((name) => event(name, {})),
  ),
  {
    ...complete(
      "a frame of 16 MB",
      [`"text":"${large}"}`],
      bytes(eventFrame("contentBlockDelta", { delta: { text: large } })),
    ),
    becomesForConverse: "424 UpstreamInvalid",
  },
  complete("headers of every type", [`"delta":{"text":" more"}`], bytes(everyHeader)),
  complete(
    "two thousand frames at once",
    [`"text":"1999"`],
    ...Array.from({ length: 2000 }, (_, index) => delta(0, { text: String(index) })),
  ),
  complete(
    "a payload over several lines",
    [`\n{"type":"x","a": 1}\n`],
    bytes(frame({ ":message-type": "event", ":event-type": "x" }, `{\n"a": 1\r\n}`)),
  ),
  {
    fault: "one byte at a time",
    becomes: "200 end",
    says: ["Grüße, 世界", "👩‍🚀", `"p":"abcdefgh"`],
    async *script() {
      for (const byte of sample) yield bytes(Uint8Array.of(byte));
    },
  },
  {
    fault: "frames after messageStop",
    becomes: "200 end",
    says: ["So far"],
    script: () => [bytes(sample), ...begun],
  },
  {
    fault: "half a frame after messageStop",
    becomes: "200 end",
    script: () => [bytes(sample), bytes(anotherDelta.subarray(0, 40))],
  },
  { fault: "a cut after messageStop", becomes: "200 end", script: () => [bytes(sample), { do: "cut" }] },
  { fault: "silence after messageStop", becomes: "200 end", script: () => [bytes(sample), { do: "hang" }] },
  {
    fault: "bytes that are not a frame after messageStop",
    becomes: "200 end",
    script: () => [bytes(sample), bytes(Buffer.alloc(64, "x"))],
  },
  {
    fault: "an exception after metadata",
    becomes: "200 end",
    script: () => [bytes(sample), exception("throttlingException", { message: "secret" })],
  },
  {
    fault: "a payload that is not JSON after messageStop",
    becomes: "200 end",
    script: () => [bytes(sample), bytes(frame({ ":message-type": "event", ":event-type": "x" }, "secret"))],
  },
  {
    fault: "a second messageStop without a reason, and metadata without token counts",
    becomes: "200 end",
    says: [
      `{"type":"end","stopReason":"end_turn","usage":{"inputTokens":5,"outputTokens":9,"totalTokens":14}`,
    ],
    script: () => [bytes(sample), event("messageStop", {}), event("metadata", { metrics: { latencyMs: 1 } })],
  },
  incomplete("a clean end before messageStop"),
  incomplete("a clean end within a frame", bytes(anotherDelta.subarray(0, 40))),
  incomplete("a cut between frames", { do: "cut" }),
  incomplete("a cut within a frame", bytes(anotherDelta.subarray(0, 40)), { do: "cut" }),
  {
    fault: "a stream that ends without a frame",
    becomes: "502 StreamTruncated",
    script: () => [{ do: "accept" }],
  },
  {
    fault: "a stream that ends without a frame, after two seconds",
    becomes: "200 StreamTruncated",
    lines: ["start", "error"],
    script: () => [{ do: "accept" }, pause(2000)],
  },
];
