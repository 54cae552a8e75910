// Tests that a slow, throttling or absent table of answers never harms an answer, and what later readers of that answer get.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AnswerStore } from "../../lib/answer-store/index.ts";
import type { Pace } from "../../lib/answer-store/pace.ts";
import { withResolvers } from "../../lib/shared/with-resolvers.ts";
import { gatedModel } from "../support/frames/gated-model.ts";
import { newKey } from "../support/servers/keyed-stack.ts";
import type { TableCall } from "../support/servers/faulty-table.ts";
import { startAnswerService, type AnswerService, type Asked } from "../support/servers/answer-service.ts";

let gate = gatedModel(3);
const gated = { description: "of a test", script: (request: never) => gate.model.script(request) };

let service: AnswerService;
beforeEach(async () => {
  gate = gatedModel(3);
  service = await startAnswerService({ models: { gated } });
});
afterEach(() => service.close());

/** An item with bytes of an answer. */
const isPiece = ({ operation, input }: TableCall) =>
  operation === "PutItem" && input.Item?.["part"]?.S !== "claim";
/** The item that says which request an idempotency key belongs to. */
const isClaim = ({ operation, input }: TableCall) =>
  operation === "PutItem" && input.Item?.["part"]?.S === "claim";

/** Makes the first `times` calls that meet the condition fail with DynamoDB's error of that name. */
function fail(name: string, condition: (call: TableCall) => boolean, times = Infinity): void {
  let left = times;
  service.table.onCall = async (call) => (condition(call) && left-- > 0 ? name : undefined);
}

/** Gives up after one attempt. */
const impatient: Partial<Pace> = { behind: 0, unavailable: 0 };

function complete(asked: Omit<Asked, "key"> & { key?: string; store?: AnswerStore } = {}) {
  gate.open();
  return service.ask({ key: newKey(), modelId: "gated", ...asked });
}

const lines = 8;

describe("an answer whose pieces cannot be written", () => {
  test.each([
    ["refuses every write of a piece", "ValidationException"],
    ["does not exist", "ResourceNotFoundException"],
    ["denies access", "AccessDeniedException"],
    ["throttles", "ProvisionedThroughputExceededException"],
    ["throttles because of the account's limits", "ThrottlingException"],
    ["has an internal failure", "InternalServerError"],
    ["closes the connection", "cut"],
  ])(
    "an answer is sent completely although the table %s, and the log says that the answer is not kept",
    async (_, name) => {
      fail(name, isPiece);
      const { lines: sent, last, recording } = await complete({ store: service.connect(impatient) });
      expect([sent.length, last.type]).toEqual([lines, "end"]);
      expect(recording).toEqual({
        recording: "failed",
        recordingDetail: name === "cut" ? "ECONNRESET" : name,
      });
    },
  );

  test("an answer that was not kept can be neither cancelled nor resumed, and its key is not used for another answer", async () => {
    fail("ValidationException", isPiece);
    const key = newKey();
    await complete({ key });
    await expect(service.store.cancel({ key, owner: "iam:owner" })).rejects.toThrow("it was not kept");
    fail("none", () => false);
    // A caller who has lines of this answer must never get the other lines from another one.
    for (const fromLine of [0, 2]) {
      const { error } = await complete({ key, fromLine });
      expect(error).toMatchObject({ name: "AnswerNotFound", status: 404 });
      expect(error!.message).toMatch("it was not kept");
    }
    expect(service.bedrock.statistics.requests).toBe(1);
  });

  test("the followers of an answer that cannot be written end with an error that says why", async () => {
    const key = newKey();
    const producer = service.read({ key, modelId: "gated" });
    gate.open(2);
    await service.table.until("the first piece", isPiece);
    const follower = service.read({ key, modelId: "gated" });
    await follower.until("the first line", ({ lines: got }) => got.length > 0);
    fail("ValidationException", isPiece);
    gate.open();
    await producer.ended;
    await follower.ended;
    expect(producer.last.type).toBe("end");
    expect(follower.last).toMatchObject({ type: "error", error: { name: "AnswerNotFound" } });
  });

  test("the call to Bedrock ends if the caller has left and the answer cannot be kept, because nobody would get the rest", async () => {
    const reader = service.read({ key: newKey(), modelId: "gated" });
    gate.open(1);
    await reader.until("the first line", ({ lines: got }) => got.length > 0);
    reader.leave();
    fail("ValidationException", isPiece);
    gate.open(1);
    expect(await reader.ended).toMatchObject({ outcome: { error: { name: "CallerGone" } } });
    await service.bedrock.until(({ aborted }) => aborted === 1);
  });
});

describe("a table that fails for a moment", () => {
  test.each([
    ["ProvisionedThroughputExceededException", "ProvisionedThroughputExceededException"],
    ["InternalServerError", "InternalServerError"],
    ["a closed connection", "cut"],
  ])(
    "a table that fails with %s at the first attempt of every call still gets a complete recording",
    async (_, name) => {
      const seen = new Set<string>();
      service.table.onCall = async ({ operation, input }) => {
        const call = operation + JSON.stringify(input);
        if (seen.has(call)) return undefined;
        seen.add(call);
        return name;
      };
      const key = newKey();
      const first = await complete({ key });
      expect(first.recording).toEqual({ recording: "complete" });
      expect((await complete({ key })).text).toBe(first.text);
    },
  );

  test("a table whose responses to successful writes are lost gets a complete recording, from one call to Bedrock", async () => {
    let count = 0;
    service.table.onResponse = async ({ operation }) =>
      operation === "PutItem" && count++ % 2 === 0 ? "lost" : undefined;
    const key = newKey();
    const first = await complete({ key });
    expect(first.recording).toEqual({ recording: "complete" });
    service.table.onResponse = async () => undefined;
    expect((await complete({ key })).text).toBe(first.text);
    expect(service.bedrock.statistics.requests).toBe(1);
  });
});

describe("a claim", () => {
  test("a claim that is refused does not delay the answer, which is not kept", async () => {
    fail("ResourceNotFoundException", isClaim);
    const { last, recording } = await complete();
    expect(last.type).toBe("end");
    expect(recording).toEqual({ recording: "failed", recordingDetail: "ResourceNotFoundException" });
  });

  test("a claim that succeeds only after the answer has begun still leads to a complete recording", async () => {
    const claimed = withResolvers<void>();
    service.table.onCall = async (call) => {
      if (isClaim(call)) await claimed.promise;
      return undefined;
    };
    const key = newKey();
    const reader = service.read({ key, modelId: "gated", store: service.connect({ claimWait: 1 }) });
    gate.open(2);
    await reader.until("the first word", ({ lines: got }) => got.length > 2);
    claimed.resolve();
    gate.open();
    expect(await reader.ended).toMatchObject({ recording: { recording: "complete" } });
    expect((await complete({ key })).text).toBe(reader.text);
  });

  test("a claim that arrives after another request's claim leaves the other request's answer as it is", async () => {
    const claimed = withResolvers<void>();
    let claims = 0;
    service.table.onCall = async (call) => {
      if (isClaim(call) && claims++ === 0) await claimed.promise;
      return undefined;
    };
    const key = newKey();
    const late = service.read({ key, modelId: "gated", store: service.connect({ claimWait: 1 }) });
    gate.open(2);
    await late.until("the first word", ({ lines: got }) => got.length > 2);
    const first = await complete({ key });
    claimed.resolve();
    expect(await late.ended).toMatchObject({
      recording: { recording: "failed", recordingDetail: "ClaimedByAnother" },
    });
    expect(late.last.type).toBe("end");
    expect((await complete({ key })).text).toBe(first.text);
  });

  test("a claim to which the table never responds does not hold up the answer's end", async () => {
    service.table.onCall = () => new Promise(() => undefined);
    const { last, recording } = await complete({ store: service.connect({ claimWait: 1, lastWrite: 1 }) });
    expect(last.type).toBe("end");
    expect(recording).toEqual({ recording: "failed", recordingDetail: "LastWriteTooLate" });
  });
});

describe("a slow table", () => {
  test("a slow table does not hold up a single line, and gets fewer and larger pieces", async () => {
    const written = withResolvers<void>();
    service.table.onCall = async (call) => {
      if (isPiece(call)) await written.promise;
      return undefined;
    };
    const key = newKey();
    const reader = service.read({ key, modelId: "gated" });
    gate.open(1);
    await service.table.until("the first piece", isPiece);
    gate.open();
    // All lines arrive although the first piece is still being written.
    await reader.until("the last line", ({ lines: got }) => got.length === lines);
    written.resolve();
    expect(await reader.ended).toMatchObject({ recording: { recording: "complete" } });
    expect(service.table.calls.filter(isPiece)).toHaveLength(2);
    expect((await complete({ key })).text).toBe(reader.text);
  });

  test("an answer whose last piece was not written in time can be read after the piece is written", async () => {
    const written = withResolvers<void>();
    service.table.onCall = async (call) => {
      if (isPiece(call)) await written.promise;
      return undefined;
    };
    const key = newKey();
    const { recording } = await complete({ key, store: service.connect({ lastWrite: 1, flush: 60_000 }) });
    expect(recording).toEqual({ recording: "failed", recordingDetail: "LastWriteTooLate" });
    written.resolve();
    expect((await complete({ key })).last.type).toBe("end");
    expect(service.bedrock.statistics.requests).toBe(1);
  });
});

describe("a reader whose table does not respond", () => {
  test("a reader whose table does not respond gets 503 before the first line, and Bedrock is not called", async () => {
    fail("cut", () => true);
    const { error } = await complete({ fromLine: 1, store: service.connect(impatient) });
    expect(error).toMatchObject({
      name: "AnswerStoreUnavailable",
      status: 503,
      retryable: true,
      detail: "ECONNRESET",
    });
    expect(service.bedrock.statistics.requests).toBe(0);
  });

  test("a reader gets 503 if the table has the answer, but refuses the reader's queries", async () => {
    const key = newKey();
    await complete({ key });
    fail("AccessDeniedException", ({ operation }) => operation === "Query");
    expect((await complete({ key })).error).toMatchObject({ name: "AnswerStoreUnavailable" });
  });

  test("a reader whose table stops responding in mid-answer gets the error as the last line", async () => {
    const key = newKey();
    const producer = service.read({ key, modelId: "gated" });
    gate.open(2);
    const follower = service.read({ key, modelId: "gated", store: service.connect(impatient) });
    await follower.until("the first line", ({ lines: got }) => got.length > 0);
    fail("cut", ({ operation }) => operation === "Query");
    const { outcome } = await follower.ended;
    expect(outcome?.error).toMatchObject({ name: "AnswerStoreUnavailable" });
    expect(follower.last).toMatchObject({ type: "error", error: { name: "AnswerStoreUnavailable" } });
    gate.open();
    expect(await producer.ended).toMatchObject({ recording: { recording: "complete" } });
  });

  test("a reader whose table fails for a moment gets the whole answer", async () => {
    const key = newKey();
    const producer = service.read({ key, modelId: "gated" });
    gate.open(2);
    const follower = service.read({ key, modelId: "gated" });
    await follower.until("the first line", ({ lines: got }) => got.length > 0);
    fail("InternalServerError", ({ operation }) => operation === "Query", 3);
    gate.open();
    await Promise.all([producer.ended, follower.ended]);
    expect(follower.text).toBe(producer.text);
  });

  test("a cancellation that does not reach the table fails with a retryable error", async () => {
    fail("cut", () => true);
    const store = service.connect(impatient);
    await expect(store.cancel({ key: newKey(), owner: "iam:owner" })).rejects.toMatchObject({
      name: "AnswerStoreUnavailable",
      retryable: true,
    });
  });
});
