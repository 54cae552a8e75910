// Tests what readers get if the invocation that answers was stopped, and that a stopped invocation does no harm when it goes on.
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

/** Sends a word, and then a line that needs several pieces (items of the table). */
const large: ScriptedModel = {
  description: "of a test",
  async *script(request) {
    yield event("messageStart", { role: "assistant" });
    yield delta(0, { text: "short" });
    // Waits until the word is in the table.
    await table.until("the first piece", (call) => isPiece(0, call));
    yield delta(0, { text: "long".repeat(200_000) });
    yield* ending(request, "end_turn", 2);
  },
};
const isPiece = (index: number, { input }: TableCall) =>
  input.Item?.["part"]?.S?.endsWith(`#00000${index}`) === true;

let service: AnswerService;
/** The server through which the invocation that answers calls the table. */
let table: FaultyTable;
/** Set while that invocation's calls to the table hang. Resolving it lets them go on. */
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

/** Readers take an invocation for dead after this time without a sign of life. The test's invocations give one every 20 ms. */
const deadMs = scaled(500);

const freeze = () => (goesOn = withResolvers<void>());

interface Producer {
  key: string;
  reader: Reader;
}

/**
 * Starts an answer in an invocation of its own. Resolves when Bedrock has been called, or for NDJSON, when the first word of the
 * answer is in the table.
 */
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
  test("the answer of a stopped invocation ends with StreamTruncated, with the same bytes for every reader", async () => {
    const { key } = await begin();
    freeze();
    const readers = [0, 1, 2].map(() => service.read({ key, modelId: "gated", store: patient() }));
    await Promise.all(readers.map(({ ended }) => ended));
    const [first] = readers;
    for (const { text } of readers) expect(text).toBe(first!.text);
    expect(first!.lines).toHaveLength(4);
    expect(first!.last).toMatchObject({ type: "error", error: { name: "StreamTruncated", retryable: true } });
    // Like the start line, the last line has the id of the request that called Bedrock.
    const start = JSON.parse(first!.lines[0]!) as { requestId: string };
    expect(first!.last.error!.requestId).toBe(start.requestId);
    const later = await service.ask({ key, modelId: "gated" });
    expect(later.text).toBe(first!.text);
    expect(service.bedrock.statistics.requests).toBe(1);
  });

  test("a reader who already has more lines than were kept gets only the last line, which says how the answer ended", async () => {
    const { key } = await begin();
    freeze();
    const { lines, last } = await service.ask({ key, modelId: "gated", fromLine: 6, store: patient() });
    expect([lines.length, last.error?.name]).toEqual([1, "StreamTruncated"]);
  });

  test("an invocation that goes on later sends its caller the rest, and leaves the kept answer as it is", async () => {
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

  test("an invocation that was stopped between two pieces of one long line leaves no half of that line", async () => {
    const key = newKey();
    table.onCall = async (call) => {
      if (isPiece(2, call)) freeze();
      return void (await goesOn?.promise);
    };
    service.read({ key, modelId: "large", store: service.connect({ beat: 20 }, table.url) });
    await table.until("the third piece", (call) => isPiece(2, call));
    const { lines, last } = await service.ask({ key, modelId: "large", store: patient() });
    expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      "start",
      "messageStart",
      "contentBlockDelta",
      "error",
    ]);
    expect(last.error?.name).toBe("StreamTruncated");
    expect((await service.ask({ key, modelId: "large" })).lines).toEqual(lines);
  });

  test("an answer in Bedrock's own event stream ends with an exception if its invocation was stopped", async () => {
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
  test("an invocation stopped before the first line gives waiting readers an error response, and frees the key", async () => {
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
  test("an invocation whose model is silent is not taken for dead, however long the silence lasts", async () => {
    const { key, reader } = await begin();
    const beats = () =>
      table.calls.filter(({ input }) => input.UpdateExpression?.includes("#beat") === true).length;
    const follower = service.read({ key, modelId: "gated", store: patient() });
    const before = beats();
    const startedAt = performance.now();
    // Longer than the time after which the follower takes an invocation without signs of life for dead.
    await table.until("beats", () => beats() > before + 3 && performance.now() - startedAt > 2 * deadMs);
    gate.open();
    await Promise.all([reader.ended, follower.ended]);
    expect(follower.last.type).toBe("end");
    expect(follower.text).toBe(reader.text);
  });
});
