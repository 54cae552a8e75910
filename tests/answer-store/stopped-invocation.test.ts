// Tests what readers get if the invocation that answers was stopped, and that a slow one does no harm when it goes on.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { delta, ending, event, type ScriptedModel } from "../../lib/local/bedrock/script.ts";
import type { Format } from "../../lib/stream/answer-format.ts";
import { withResolvers } from "../../lib/shared/with-resolvers.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { gatedModel, type GatedModel } from "../support/frames/gated-model.ts";
import { startAnswerService, type AnswerService, type Reader } from "../support/servers/answer-service.ts";
import { startFaultyTable, type FaultyTable, type TableCall } from "../support/servers/faulty-table.ts";
import { newKey } from "../support/servers/keyed-stack.ts";

let gate: GatedModel;
const gated: ScriptedModel = { description: "of a test", script: (request) => gate.model.script(request) };

/** Sends a word, and then a line that needs several pieces. */
const large: ScriptedModel = {
  description: "of a test",
  async *script(request) {
    yield event("messageStart", { role: "assistant" });
    yield delta(0, { text: "short" });
    // The word gets into the table before the long line.
    await table.until("the first piece", (call) => isPiece(0, call));
    yield delta(0, { text: "long".repeat(200_000) });
    yield* ending(request, "end_turn", 2);
  },
};
const isPiece = (index: number, { input }: TableCall) =>
  input.Item?.["part"]?.S?.endsWith(`#00000${index}`) === true;

let service: AnswerService;
/** The table as the invocation that answers sees it. */
let table: FaultyTable;
/** Set while the calls of that invocation to the table hang. */
let goesOn: ReturnType<typeof withResolvers<void>> | undefined;

beforeEach(async () => {
  gate = gatedModel(3);
  goesOn = undefined;
  service = await startAnswerService({ models: { gated, large } });
  table = await startFaultyTable(() => service.dynamoDb.url);
  table.onCall = async () => void (await goesOn?.promise);
});
afterEach(async () => {
  await table.close();
  await service.close();
});

/** An invocation that is alive gives signs of life more often than this. */
const deadMs = scaled(500);

const freeze = () => (goesOn = withResolvers<void>());

interface Producer {
  key: string;
  reader: Reader;
}

/** Starts an answer in an invocation of its own, and resolves when its first word is in the table. */
async function begin(format: Format = "ndjson"): Promise<Producer> {
  const key = newKey();
  const reader = service.read({
    key,
    modelId: "gated",
    format,
    store: service.connect({ beat: 20 }, table.url),
  });
  gate.open(2);
  await waitFor(
    "the call to Bedrock",
    service.bedrock.until(({ active }) => active === 1),
  );
  if (format === "ndjson") {
    const early = service.read({ key, modelId: "gated" });
    await early.until("the first word", ({ lines }) => lines.length > 2);
    early.leave();
    await early.ended;
  }
  return { key, reader };
}

const patient = () => service.connect({ dead: deadMs });

describe("an invocation that was stopped in mid-answer", () => {
  test("leaves an answer that ends with StreamTruncated, the same for every reader", async () => {
    const { key } = await begin();
    freeze();
    const readers = [0, 1, 2].map(() => service.read({ key, modelId: "gated", store: patient() }));
    await Promise.all(readers.map(({ ended }) => ended));
    const [first] = readers;
    for (const { text } of readers) expect(text).toBe(first!.text);
    expect(first!.lines).toHaveLength(4);
    expect(first!.last).toMatchObject({ type: "error", error: { name: "StreamTruncated", retryable: true } });
    // The line has the id of the request that called Bedrock, like the start line.
    const start = JSON.parse(first!.lines[0]!) as { requestId: string };
    expect(first!.last.error!.requestId).toBe(start.requestId);
    const later = await service.ask({ key, modelId: "gated" });
    expect(later.text).toBe(first!.text);
    expect(service.bedrock.statistics.requests).toBe(1);
  });

  test("leaves only the last line, which says how the answer ended, for a reader who has more lines than were kept", async () => {
    const { key } = await begin();
    freeze();
    const { lines, last } = await service.ask({ key, modelId: "gated", fromLine: 6, store: patient() });
    expect([lines.length, last.error?.name]).toEqual([1, "StreamTruncated"]);
  });

  test("and goes on later stops recording, sends its caller the rest, and leaves the kept answer as it is", async () => {
    const { key, reader } = await begin();
    const frozen = freeze();
    const { text } = await service.ask({ key, modelId: "gated", store: patient() });
    goesOn = undefined;
    frozen.resolve();
    gate.open();
    const { outcome, recording } = await reader.ended;
    expect(outcome?.error).toBeUndefined();
    expect(reader.last.type).toBe("end");
    expect(recording).toEqual({ recording: "failed", recordingDetail: "TakenForDead" });
    expect((await service.ask({ key, modelId: "gated" })).text).toBe(text);
  });

  test("between two pieces of one long line leaves no half of that line", async () => {
    const key = newKey();
    table.onCall = async (call) => {
      if (isPiece(2, call)) freeze();
      return void (await goesOn?.promise);
    };
    service.read({ key, modelId: "large", store: service.connect({ beat: 20 }, table.url) });
    await table.until("the third piece", (call) => isPiece(2, call));
    const { lines, last } = await service.ask({ key, modelId: "large", store: patient() });
    // start, messageStart and the first word.
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      "start",
      "messageStart",
      "contentBlockDelta",
      "error",
    ]);
    expect(last.error?.name).toBe("StreamTruncated");
    expect((await service.ask({ key, modelId: "large" })).lines).toEqual(lines);
  });

  test("leaves an answer that ends with an exception in Bedrock's own event stream", async () => {
    const { key } = await begin("eventstream");
    const early = service.read({ key, modelId: "gated", format: "eventstream" });
    await early.until("the first word", ({ text }) => text.includes("word 0"));
    freeze();
    const { text } = await service.ask({ key, modelId: "gated", format: "eventstream", store: patient() });
    expect(text).toContain("modelStreamErrorException");
    await early.ended.catch(() => undefined);
  });
});

describe("an invocation that was stopped before the first line", () => {
  test("gives those who wait an error response, and leaves the key to the next request", async () => {
    const key = newKey();
    service.read({ key, modelId: "gated", store: service.connect({ beat: 20 }, table.url) });
    await waitFor(
      "the call to Bedrock",
      service.bedrock.until(({ active }) => active === 1),
    );
    freeze();
    const { error, text } = await service.ask({ key, modelId: "gated", store: patient() });
    expect([error?.name, error?.status, error?.retryable, text]).toEqual(["StreamTruncated", 502, true, ""]);
    gate.open();
    const again = await service.ask({ key, modelId: "gated" });
    expect(again).toMatchObject({ isResumed: false, recording: { recording: "complete" } });
  });
});

describe("an invocation whose model is silent", () => {
  test("is not taken for dead, however long it is silent", async () => {
    const { key, reader } = await begin();
    const beats = () =>
      table.calls.filter(({ input }) => input.UpdateExpression?.includes("#beat") === true).length;
    const follower = service.read({ key, modelId: "gated", store: patient() });
    const before = beats();
    const startedAt = performance.now();
    // Longer than a follower's patience.
    await table.until("beats", () => beats() > before + 3 && performance.now() - startedAt > 2 * deadMs);
    gate.open();
    await Promise.all([reader.ended, follower.ended]);
    expect(follower.last.type).toBe("end");
    expect(follower.text).toBe(reader.text);
  });
});
