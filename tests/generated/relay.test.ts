// Generates events and chunk boundaries, and checks that the client reads every event unchanged and in order.
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { writerFor } from "../../lib/http/answer-writer.ts";
import { createLineDecoder } from "../../lib/client/ndjson.ts";
import type { Format } from "../../lib/stream/answer-format.ts";
import { relay } from "../../lib/stream/relay.ts";
import { frame } from "../support/frames/aws-frames.ts";
import { waitFor } from "../support/deadline.ts";
import { parameters } from "../support/generated.ts";
import { split } from "../support/frames/generated-frames.ts";

interface Event {
  name: string;
  /** The JSON text of an object. */
  payload: string;
}

const letters = "abcXYZ019-_.$#/";
const name = fc.oneof(
  fc.constantFrom("contentBlockDelta", "contentBlockStart", "metadata", "start", "ping", "end", "error"),
  fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 12 }),
);
const key = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.constantFrom("type", "p", "value", "bedrock:type", "bedrock:bedrock:type", "__proto__"),
);
const json = fc.jsonValue({ maxDepth: 3, stringUnit: "binary" });
const member = fc.oneof(json, fc.record({ text: fc.string({ unit: "binary" }) }));
const payload = fc
  .tuple(fc.dictionary(key, member, { maxKeys: 5 }), fc.constantFrom(undefined, 1, "\t"))
  .map(([value, space]) => JSON.stringify(value, undefined, space));
const event: fc.Arbitrary<Event> = fc.record({ name, payload });
const places = fc.array(fc.nat(5000), { maxLength: 30 });

const lastEvents: Event[] = [
  { name: "messageStop", payload: `{"stopReason":"end_turn","p":"ab"}` },
  { name: "metadata", payload: `{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}` },
];
const own = new Set(["start", "ping", "end", "error"]);
const seconds = 1000;
const times = {
  connect: 1,
  firstByte: 60,
  stall: 60,
  ping: 60,
  deadlineMargin: 1,
  callerStall: 60,
  pushInterval: 0,
};
const long = Object.fromEntries(
  Object.entries(times).map(([limit, value]) => [limit, value * seconds]),
) as typeof times;

/** Sends the events through a relay and returns all bytes that the relay wrote. */
async function relayed(events: Event[], upstreamSplits: number[], format: Format): Promise<Buffer> {
  const frames = events.map((one) =>
    frame({ ":message-type": "event", ":event-type": one.name }, one.payload),
  );
  const upstream = new PassThrough();
  const written: Buffer[] = [];
  const outcome = relay(() => Promise.resolve(upstream), {
    sink: { open: () => undefined, write: (bytes) => written.push(bytes) > 0, onTaken: () => undefined },
    writer: writerFor(format),
    requestId: "r",
    model: "m",
    times: long,
    startedAt: 0,
    deadlineAt: Infinity,
  });
  for (const chunk of split(Buffer.concat(frames), upstreamSplits)) upstream.write(chunk);
  upstream.end();
  expect((await waitFor("The end of the relay", outcome)).error).toBeUndefined();
  return Buffer.concat(written);
}

/** The line that the wire format defines for an event. The order of members counts. */
function lineOf({ name: of, payload: text }: Event): string {
  const type = own.has(of) ? `bedrock:${of}` : of;
  const value = JSON.parse(text) as Record<string, unknown>;
  const renamed = Object.entries(value).map(([key, one]) => {
    const called = /^(bedrock:)*type$/.test(key) ? `bedrock:${key}` : key;
    return `${JSON.stringify(called)}:${JSON.stringify(one)}`;
  });
  const members = renamed.join(",");
  return JSON.stringify(JSON.parse(`{"type":${JSON.stringify(type)}${members && `,${members}`}}`));
}

const usualRuns = 500;

test("any events in any chunks reach the client unchanged", async () => {
  const property = fc.asyncProperty(
    fc.array(event, { maxLength: 12 }),
    places,
    places,
    async (some, up, down) => {
      const events = [...some.filter((one) => one.name !== "messageStop"), ...lastEvents];
      const bytes = await relayed(events, up, "ndjson");
      const decoder = createLineDecoder(1024 * 1024);
      const lines = split(bytes, down).flatMap((chunk) =>
        [...decoder.push(chunk)].map(({ line }) => JSON.stringify(line)),
      );
      expect(lines.slice(1, -1)).toEqual(events.map(lineOf));
      expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: "end", stopReason: "end_turn" });
    },
  );
  await fc.assert(property, parameters(usualRuns));
});

test("any event becomes one server-sent event with the same object", async () => {
  const property = fc.asyncProperty(fc.array(event, { maxLength: 12 }), places, async (some, up) => {
    const events = [...some.filter((one) => one.name !== "messageStop"), ...lastEvents];
    const blocks = (await relayed(events, up, "sse")).toString().split("\n\n").slice(1, -2);
    const lines = blocks.map((block) => /^event: (\S+)\ndata: (\{[^\r\n]*\})$/.exec(block) ?? []);
    expect(lines.map(([, , data]) => JSON.stringify(JSON.parse(data ?? "null")))).toEqual(events.map(lineOf));
    expect(lines.map(([, type]) => type)).toEqual(
      lines.map(([, , data]) => JSON.parse(data ?? "{}").type as unknown),
    );
  });
  // The seed 1547401644 found this case: U+2028 does not end a line of server-sent events, but many parsers think that it does.
  const separators: Event = { name: "a", payload: `{"\u2028\u0085":"\u2029"}` };
  await fc.assert(property, { ...parameters(usualRuns), examples: [[[separators], []]] });
});
