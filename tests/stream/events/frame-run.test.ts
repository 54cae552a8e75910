// Tests that frames which arrive together have the same result as frames which arrive one at a time.
// If frames that arrive together have the same headers, the decoder reads them in one pass, as a run.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { writerFor } from "../../../lib/http/answer-writer.ts";
import { Answer } from "../../../lib/stream/answer.ts";
import type { Format } from "../../../lib/stream/answer-format.ts";
import { EventStreamDecoder } from "../../../lib/stream/events/event-stream-decoder.ts";
import { eventFrame, exceptionFrame, frame } from "../../support/frames/aws-frames.ts";
import { waitFor } from "../../support/deadline.ts";
import { parameters } from "../../support/generated.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const formats: Format[] = ["ndjson", "sse", "eventstream", "json"];

interface Result {
  output: string;
  deltas: number;
  stopReason: string | undefined;
  error: string | undefined;
}

function newAnswer(format: Format): Answer {
  return new Answer({
    writer: writerFor(format),
    requestId: "r",
    model: "m",
    startedAt: performance.now(),
  });
}

function answerTo(chunks: Buffer[], format: Format): Result {
  const answer = newAnswer(format);
  const output: Buffer[] = [];
  let error: string | undefined;
  try {
    for (const chunk of chunks) {
      // A copy, because the answer may overwrite it.
      answer.push(Buffer.from(chunk));
      output.push(answer.take());
    }
  } catch (thrown) {
    error = String(thrown);
  }
  output.push(answer.take());
  if (error === undefined && format === "json") {
    answer.finish();
    output.push(answer.take());
  }
  const { deltas, stopReason } = answer;
  return { output: Buffer.concat(output).toString("latin1"), deltas, stopReason, error };
}

function expectSameTogether(frames: Buffer[]): void {
  for (const format of formats)
    expect(answerTo([Buffer.concat(frames)], format)).toEqual(answerTo(frames, format));
}

function deltaOf(text: string, contentBlockIndex = 0): Buffer {
  return eventFrame("contentBlockDelta", {
    contentBlockIndex,
    delta: { text },
    p: "abcdef".slice(text.length % 6),
  });
}

/** A frame with the same headers as those of `deltaOf`, and any payload. */
function rawDelta(payload: string | Buffer): Buffer {
  return frame({ ":event-type": "contentBlockDelta", ":message-type": "event" }, payload as string);
}

function withFlippedBit(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = changed[at]! ^ 0x04;
  return changed;
}

const many = Array.from({ length: 40 }, (_, number) => deltaOf(`token ${number}`));

function countingDecoder() {
  let count = 0;
  const parts = { beginning: Buffer.from(`{"type":"contentBlockDelta",`), end: Buffer.from("\n") };
  const decoder = new EventStreamDecoder(() => undefined, {
    lineParts: () => parts,
    onRun: (run) => (count += run.count),
  });
  return { count: () => count, push: (chunk: Buffer) => decoder.push(chunk) };
}

/** The number of frames that the decoder reads in runs if all arrive in one chunk. */
function framesInRuns(frames: Buffer[]): number {
  const { count, push } = countingDecoder();
  push(Buffer.concat(frames));
  return count();
}

describe("a run of frames", () => {
  test.each([
    ["ASCII", (number: number) => `token ${number}`],
    ["escapes", (number: number) => `"${number}"\n\t\\`],
    ["characters beyond ASCII", (number: number) => `Grüße ${number} 世界 👩‍🚀`],
  ])("a run contains deltas whose text has %s", (_, textOf) => {
    const frames = Array.from({ length: 100 }, (__, number) => deltaOf(textOf(number)));
    expect(framesInRuns(frames)).toBeGreaterThan(85);
    expectSameTogether(frames);
  });

  test("a run contains deltas that call a tool", () => {
    const frames = Array.from({ length: 100 }, (_, number) =>
      eventFrame("contentBlockDelta", {
        contentBlockIndex: 1,
        delta: { toolUse: { input: `{"n":${number}` } },
      }),
    );
    expect(framesInRuns(frames)).toBeGreaterThan(85);
    expectSameTogether(frames);
  });

  test.each<[string, Buffer]>([
    ["another content block", deltaOf("x", 1)],
    ["other members", rawDelta(`{"delta":{"citation":{"title":"x"}},"a":[1,null],"contentBlockIndex":0}`)],
    ["a hexadecimal escape", rawDelta(`{"contentBlockIndex":0,"delta":{"text":"\\u00e9"},"p":"a"}`)],
  ])("a run goes on with a frame that has %s", (_, other) => {
    expect(framesInRuns([...many, other, ...many])).toBe(2 * many.length);
    expectSameTogether([...many, other, ...many]);
  });

  test("a run contains a frame that arrives alone, unless it is the first with its headers", () => {
    const { count, push } = countingDecoder();
    for (const each of many) push(each);
    expect(count()).toBe(many.length - 1);
  });

  test("a run of one answer is not affected by another answer that arrives at the same time in another format", () => {
    const together = (["ndjson", "sse"] as const).map((format) => ({ format, output: [] as Buffer[] }));
    const answers = together.map(({ format }) => newAnswer(format));
    for (const each of many) {
      for (const [index, answer] of answers.entries()) {
        answer.push(Buffer.from(each));
        together[index]?.output.push(answer.take());
      }
    }
    for (const { format, output } of together)
      expect(Buffer.concat(output).toString("latin1")).toBe(answerTo(many, format).output);
  });

  test("a run can contain thousands of frames", () => {
    const frames = Array.from({ length: 2500 }, (_, number) => deltaOf(String(number)));
    expect(framesInRuns(frames)).toBeGreaterThan(2450);
    expectSameTogether(frames);
  });

  test.each<[string, Buffer]>([
    ["another event", eventFrame("contentBlockStop", { contentBlockIndex: 0 })],
    ["the event that completes the answer", eventFrame("messageStop", { stopReason: "end_turn" })],
    ["an exception", exceptionFrame("throttlingException", "slow down")],
    ["a member called type", rawDelta(`{"type":1,"delta":{"text":"x"}}`)],
    ["a name that ends in type", rawDelta(`{"contentBlockIndex":0,"type":"x"}`)],
    ["white space", rawDelta(`{"contentBlockIndex":0,"delta":{"text":"x"},\n"p":"a"}`)],
    ["no member", rawDelta("{}")],
    [
      "a hexadecimal escape with a wrong digit",
      rawDelta(`{"contentBlockIndex":0,"delta":{"text":"\\u00g9"},"p":"a"}`),
    ],
    ["an unknown escape", rawDelta(`{"contentBlockIndex":0,"delta":{"text":"\\x"},"p":"a"}`)],
    [
      "a control character in its text",
      rawDelta(`{"contentBlockIndex":0,"delta":{"text":"\u0001"},"p":"a"}`),
    ],
    ["text after the object", rawDelta(`{"contentBlockIndex":0,"delta":{"text":"x"},"p":"a"}}`)],
    ["a string without an end", rawDelta(`{"contentBlockIndex":0,"delta":{"text":"x"},"p":"a`)],
    ["a string that ends in a backslash", rawDelta(`{"contentBlockIndex":0,"delta":{"text":"x"},"p":"a\\`)],
    ["no payload", rawDelta("")],
    [
      "bytes that are not UTF-8",
      rawDelta(Buffer.from(`{"contentBlockIndex":0,"delta":{"text":"\xff"},"p":"a"}`, "latin1")),
    ],
    ["more than a thousand bytes", deltaOf("x".repeat(2000))],
  ])("a run ends before a frame with %s, which is read as if it had come alone", (_, odd) => {
    expectSameTogether([...many, odd, ...many]);
    expectSameTogether([odd, ...many, odd]);
  });

  test("a run ends before a frame with a wrong byte, wherever the byte is, and the frames before it are kept", () => {
    const [good] = many as [Buffer];
    for (let at = 0; at < good.length; at++) {
      const broken = withFlippedBit(good, at);
      const result = answerTo([Buffer.concat([...many, broken, ...many])], "ndjson");
      expect(result, `byte ${at}`).toEqual(answerTo([...many, Buffer.concat([broken, ...many])], "ndjson"));
      expect(result).toMatchObject({
        deltas: many.length,
        error: expect.stringContaining("checksum") as string,
      });
    }
  });

  test("a run ends before a frame whose headers have another length, although its checksums are right", () => {
    const odd = deltaOf("x".repeat(100));
    odd.writeUInt32BE(odd.readUInt32BE(4) + 3, 4);
    odd.writeUInt32BE(crc32(odd.subarray(0, 8)), 8);
    odd.writeUInt32BE(crc32(odd.subarray(0, -4)), odd.length - 4);
    expectSameTogether([...many, odd, ...many]);
    expect(answerTo([Buffer.concat([...many, odd])], "ndjson").error).toContain(
      "Cannot read Bedrock's stream",
    );
  });

  test("a run ends where the headers change, and another run begins there", () => {
    const others = many.map((each) => {
      const payload = each.subarray(12 + each.readUInt32BE(4), -4).toString();
      return frame({ ":message-type": "event", ":event-type": "contentBlockDelta" }, payload);
    });
    expect(others.map(({ length }) => length)).toEqual(many.map(({ length }) => length));
    expect(framesInRuns([...many, ...others, ...many])).toBeGreaterThan(100);
    expectSameTogether([...many, ...others, ...many]);
  });

  test("a run ends at the end of the chunk, wherever the chunk cuts a frame", () => {
    const bytes = Buffer.concat(many);
    const whole = answerTo(many, "ndjson");
    for (let at = bytes.length - 300; at < bytes.length; at++) {
      expect(answerTo([bytes.subarray(0, at), bytes.subarray(at)], "ndjson"), `cut at ${at}`).toEqual(whole);
    }
  });
});

test("deltas that arrive together become the same bytes as deltas that arrive one at a time", () => {
  const text = fc.string({ unit: fc.constantFrom(...'aé世\\"\n\t{}[]:,0', "👩‍🚀", "type"), maxLength: 12 });
  const delta = fc.tuple(text, fc.nat(1)).map(([value, index]) => deltaOf(value, index));
  const payload = fc
    .tuple(text, fc.nat(60), fc.constantFrom(...'{}"\\,:x1\u0001 é'))
    .map(([value, at, added]) => {
      const json = JSON.stringify({ contentBlockIndex: 0, delta: { text: value }, p: "abc" });
      return rawDelta(json.slice(0, at) + added + json.slice(at));
    });
  const frames = fc.array(fc.oneof({ arbitrary: delta, weight: 40 }, { arbitrary: payload, weight: 1 }), {
    minLength: 10,
    maxLength: 60,
  });
  fc.assert(
    fc.property(frames, (each) => expectSameTogether([...many, ...each])),
    parameters(300),
  );
});

test("without WebAssembly, frames that arrive together become the same lines as with it", async () => {
  const script = `
    const files = ["answer.ts", "lines/line-buffer.ts"].map((file) => import("./lib/stream/" + file));
    Promise.all(files).then(([{ Answer }, { LineBuffer }]) => {
      const writer = new LineBuffer("ndjson");
      const request = { requestId: "r", model: "m", startedAt: performance.now() };
      const answer = new Answer({ writer, ...request });
      answer.push(Buffer.from(process.argv[1], "base64"));
      process.stdout.write(typeof WebAssembly + "\\n" + answer.take());
    })`;
  const bytes = Buffer.concat(many).toString("base64");
  const command = ["--jitless", "--import", "tsx", "--eval", script, bytes];
  const ended = promisify(execFile)(process.execPath, command, { cwd: root });
  const { stdout } = await waitFor("a process without WebAssembly", ended);
  expect(stdout).toBe(`undefined\n${Buffer.from(answerTo(many, "ndjson").output, "latin1").toString()}`);
});
