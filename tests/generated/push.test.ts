// Generates lines, size limits and failed posts, and checks that the messages carry every line, byte for byte and in order.
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Messages } from "../../lib/push/messages.ts";
import type { Published } from "../../lib/push/publisher.ts";
import { PushSink } from "../../lib/push/push-sink.ts";
import { LineBuffer } from "../../lib/stream/lines/line-buffer.ts";
import { relay } from "../../lib/stream/relay.ts";
import type { Sink } from "../../lib/stream/sink.ts";
import { generousSeconds, waitFor } from "../support/deadline.ts";
import { eventFrame } from "../support/frames/aws-frames.ts";
import { times } from "../support/frames/relay-run.ts";
import { split } from "../support/frames/generated-frames.ts";
import { parameters } from "../support/generated.ts";
import { linesOf, type PushedMessage } from "../support/push/pushed-lines.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom('"', "\\", "é", "模", "🦊", "a", "\u2028", "\n"), maxLength: 4000 }),
);
const json = fc.oneof(fc.record({ text }), fc.dictionary(text, fc.jsonValue({ stringUnit: "binary" })));
const line = json.map((value) => JSON.stringify(value));
const id = fc.oneof(
  fc.constant(undefined),
  fc.maxSafeInteger(),
  fc.string({ unit: "binary", maxLength: 128 }),
);

/** Enough for a message's longest header: its id has 128 characters, and JSON can write each of them with six bytes. */
const leastBytes = 1000;
const limit = fc.oneof(fc.integer({ min: leastBytes, max: 3000 }), fc.constant(32_000));

describe("messages", () => {
  test("messages are never longer than the limit, and contain all lines, whatever the lines and the limit", () => {
    /** Each step adds some lines, and then takes some messages. */
    const steps = fc.array(fc.tuple(fc.array(line, { maxLength: 12 }), fc.nat(4)), { maxLength: 12 });
    fc.assert(
      fc.property(steps, limit, id, (given, maxBytes, name) => {
        const header = { requestId: "id-1", run: "r1", id: name };
        const messages = new Messages(header, maxBytes);
        const taken: Buffer[] = [];
        const take = () => {
          const next = messages.next();
          if (next) taken.push(next);
          return next !== undefined;
        };
        for (const [lines, count] of given) {
          messages.add(Buffer.from(lines.map((each) => `${each}\n`).join("")));
          for (let index = 0; index < count; index++) take();
        }
        while (take());
        expect(messages.waiting).toBe(0);
        for (const [seq, message] of taken.entries()) {
          expect(message.length).toBeLessThanOrEqual(maxBytes);
          const { lines, piece, more, ...rest } = JSON.parse(message.toString()) as PushedMessage;
          expect(rest).toEqual(JSON.parse(JSON.stringify({ ...header, seq })));
          expect(lines === undefined).toBe(piece !== undefined);
          if (lines) expect(more).toBeUndefined();
        }
        expect(linesOf(taken.map(String))).toEqual(given.flatMap(([lines]) => lines));
      }),
      parameters(300),
    );
  });
});

/** The result of one attempt to publish. The next message is sent only after `taken`. */
const attempt = fc.constantFrom<Published["state"]>("taken", "taken", "taken", "busy", "unclear");

describe("an answer in messages", () => {
  test("an answer in messages has the same lines as an answer from the Function URL, whatever the events and failures", async () => {
    const event = fc.record({ delta: fc.record({ text: fc.string({ unit: "binary", maxLength: 400 }) }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 30 }),
        fc.array(fc.nat(5000), { maxLength: 10 }),
        fc.array(attempt, { maxLength: 8 }),
        fc.constantFrom(0, 1, 5),
        async (events, places, attempts, pushInterval) => {
          const frames = Buffer.concat([
            ...events.map((payload) => eventFrame("contentBlockDelta", payload)),
            eventFrame("messageStop", { stopReason: "end_turn" }),
            eventFrame("metadata", { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } }),
          ]);
          const accepted: string[] = [];
          const states = [...attempts];
          const sink = new PushSink(
            { requestId: "r", run: "1" },
            async (message) => {
              await new Promise(setImmediate);
              const state = states.shift() ?? "taken";
              // "unclear": the message may or may not have arrived, so it is sent again with the same number. Here it did arrive.
              if (state !== "busy") accepted.push(message.toString());
              return { state };
            },
            { ...times, pushInterval },
          );
          await waitFor("The end of the relay", relayTo(sink, frames, places));
          expect(
            await waitFor("The last message", sink.end(performance.now() + generousSeconds * 1000)),
          ).toBeUndefined();
          const bytes: Buffer[] = [];
          const plain = { open() {}, write: (chunk: Buffer) => bytes.push(chunk) > 0, onTaken() {} };
          await waitFor("The end of the other relay", relayTo(plain, frames, []));
          const once = accepted.filter((message, index) => message !== accepted[index - 1]);
          expect(once.map((message) => (JSON.parse(message) as PushedMessage).seq)).toEqual(
            once.map((_, index) => index),
          );
          const urls = Buffer.concat(bytes).toString().split("\n").slice(0, -1);
          expect(linesOf(once).map(withoutTime)).toEqual(urls.map(withoutTime));
        },
      ),
      parameters(60),
    );
  });
});

async function relayTo(sink: Sink, frames: Buffer, places: number[]): Promise<void> {
  const upstream = new PassThrough();
  const options = {
    format: "ndjson",
    writer: new LineBuffer("ndjson"),
    requestId: "r",
    model: "m",
    times,
    startedAt: 0,
    deadlineAt: Infinity,
  } as const;
  const outcome = relay(() => Promise.resolve(upstream), { sink, ...options });
  // A copy, because the relay writes lines over its chunks.
  for (const chunk of split(Buffer.from(frames), places)) upstream.write(chunk);
  upstream.end();
  expect((await outcome).error).toBeUndefined();
}

/** Removes the times in the last line, which differ between two runs. */
function withoutTime(text: string): string {
  return text.replace(/"timing":\{[^}]*\}/, "");
}
