// Tests that another invocation can cancel an answer, and that the cancellation ends the call to Bedrock.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ScriptedModel } from "../../lib/local/bedrock/script.ts";
import type { Format } from "../../lib/stream/answer-format.ts";
import { waitFor } from "../support/deadline.ts";
import { gatedModel, type GatedModel } from "../support/frames/gated-model.ts";
import { startAnswerService, type AnswerService, type Reader } from "../support/servers/answer-service.ts";
import { newKey } from "../support/servers/keyed-stack.ts";

let gate: GatedModel;
const gated: ScriptedModel = { description: "of a test", script: (request) => gate.model.script(request) };

let service: AnswerService;
beforeEach(async () => {
  gate = gatedModel(3);
  service = await startAnswerService({ models: { gated } });
});
afterEach(() => service.close());

const owner = "iam:owner";

/** Starts an answer, and resolves when its first word has come. */
async function begin(key: string): Promise<Reader> {
  const reader = service.read({ key, modelId: "gated" });
  gate.open(2);
  await reader.until("the first word", ({ lines }) => lines.length > 2);
  return reader;
}

/** Resolves when the local Bedrock has noticed that the call was aborted. */
const aborted = () =>
  waitFor(
    "the end of Bedrock's call",
    service.bedrock.until((statistics) => statistics.aborted === 1 && statistics.active === 0),
  );

describe("a running answer", () => {
  test("a running answer that is cancelled ends with Cancelled for all readers, and the call to Bedrock is aborted", async () => {
    const key = newKey();
    const producer = await begin(key);
    const follower = service.read({ key, modelId: "gated", store: service.connect() });
    await follower.until("the first word", ({ lines }) => lines.length > 2);
    expect(await service.connect().cancel({ key, owner })).toBe(true);
    await aborted();
    const { outcome, recording } = await producer.ended;
    await follower.ended;
    expect(outcome?.error).toMatchObject({ name: "Cancelled", status: 499, retryable: false });
    expect(recording).toEqual({ recording: "complete" });
    expect(producer.last).toMatchObject({ type: "error", error: { name: "Cancelled" } });
    expect(follower.text).toBe(producer.text);
    // Readers who ask later get the same end.
    expect((await service.ask({ key, modelId: "gated" })).text).toBe(producer.text);
    expect(service.bedrock.statistics.requests).toBe(1);
  });

  test("an answer that is cancelled after its reader has left ends with Cancelled", async () => {
    const key = newKey();
    const reader = await begin(key);
    reader.leave();
    expect(await service.store.cancel({ key, owner })).toBe(true);
    await aborted();
    expect((await service.ask({ key, modelId: "gated" })).last.error?.name).toBe("Cancelled");
  });

  test("an answer can be cancelled even while its pieces cannot be written into the table", async () => {
    const key = newKey();
    service.table.onCall = async ({ operation, input }) =>
      operation === "PutItem" && input.Item?.["part"]?.S !== "claim" ? "ThrottlingException" : undefined;
    const reader = await begin(key);
    expect(await service.store.cancel({ key, owner })).toBe(true);
    await reader.until("the last line", ({ last }) => last.type === "error");
    service.table.onCall = async () => undefined;
    expect(await reader.ended).toMatchObject({ outcome: { error: { name: "Cancelled" } } });
  });

  test.each<Format>(["ndjson", "eventstream", "json"])(
    "an answer (%s) cancelled before its first line becomes an error response, also for later requests with its key",
    async (format) => {
      const key = newKey();
      const reader = service.read({ key, modelId: "gated", format });
      await waitFor(
        "the call to Bedrock",
        service.bedrock.until(({ active }) => active === 1),
      );
      expect(await service.store.cancel({ key, owner })).toBe(true);
      expect((await reader.ended).error).toMatchObject({ name: "Cancelled", status: 499 });
      await aborted();
      expect(reader.text).toBe("");
      gate.open();
      const again = await service.ask({ key, modelId: "gated", format });
      expect(again.error).toMatchObject({ name: "Cancelled", status: 499 });
      expect(service.bedrock.statistics.requests).toBe(1);
    },
  );

  test("an answer as one JSON object becomes an error response if it is cancelled, and its followers get the same error", async () => {
    const key = newKey();
    const producer = service.read({ key, modelId: "gated", format: "json" });
    gate.open(2);
    const follower = service.read({ key, modelId: "gated", format: "json" });
    await service.table.until(
      "the follower",
      ({ input }) => input.UpdateExpression?.includes("watchedUntil") === true,
    );
    await service.store.cancel({ key, owner });
    const [own, followed] = [await producer.ended, await follower.ended];
    // If Bedrock's first frame came before the cancellation, the error is in the outcome; otherwise the request rejects with it.
    expect(own.outcome?.error?.name ?? own.error?.name).toBe("Cancelled");
    expect([followed.outcome?.error?.name, followed.error?.name]).toEqual([
      own.outcome?.error?.name,
      own.error?.name,
    ]);
    expect([producer.text, follower.text]).toEqual(["", ""]);
  });
});

describe("an answer that has ended", () => {
  test("a cancellation does not change an answer that has ended, and says that there was nothing to cancel", async () => {
    gate.open();
    const key = newKey();
    const { text } = await service.ask({ key, modelId: "gated" });
    expect(await service.store.cancel({ key, owner })).toBe(false);
    expect(await service.store.cancel({ key, owner })).toBe(false);
    expect((await service.ask({ key, modelId: "gated" })).text).toBe(text);
  });

  test("a second cancellation says that there was nothing to cancel", async () => {
    const key = newKey();
    const reader = await begin(key);
    await service.store.cancel({ key, owner });
    await reader.ended;
    expect(await service.store.cancel({ key, owner })).toBe(false);
  });
});
