// Tests that a reader who sends a request again with its idempotency key gets the rest of the same answer, from a single call to
// Bedrock.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ErrorName } from "../../lib/stream/converse-error.ts";
import {
  delta,
  ending,
  errorResponse,
  event,
  type ScriptedModel,
  type Step,
} from "../../lib/local/bedrock/script.ts";
import type { Format } from "../../lib/stream/answer-format.ts";
import { waitFor } from "../support/deadline.ts";
import { gatedModel } from "../support/frames/gated-model.ts";
import { steadyModel } from "../support/frames/steady-model.ts";
import { newKey } from "../support/servers/keyed-stack.ts";
import type { TableCall } from "../support/servers/faulty-table.ts";
import { startAnswerService, type AnswerService } from "../support/servers/answer-service.ts";

const words = 12;
/** The lines of the answer of `steady`: start, messageStart, the deltas, messageStop, metadata and end. */
const total = words + 5;

/** Sends an event that does not fit into one piece (item of the table), because it is large even when it is compressed. */
const large: ScriptedModel = {
  description: "of a test",
  *script(request) {
    yield event("messageStart", { role: "assistant" });
    yield delta(0, { text: "before" });
    yield delta(0, {
      text: Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)))
        .toString("base64")
        .repeat(10),
    });
    yield delta(0, { text: "after" });
    yield* ending(request, "end_turn", 3);
  },
};

/** Responds with an error after which the service does not try again. */
const refusing: ScriptedModel = {
  description: "of a test",
  *script() {
    const response = errorResponse(424, "ModelErrorException", { message: "of a test" });
    yield { do: "respond", response: { ...response, headers: { ...response.headers, "retry-after": "7" } } };
  },
};

let gate = gatedModel(3);
const gated: ScriptedModel = { description: "of a test", script: (request) => gate.model.script(request) };

/** Whether this call tells the table that there is a follower: a reader of an answer that another invocation produces. */
const isFollowing = ({ input }: TableCall) => input.UpdateExpression?.includes("watchedUntil") === true;

const lateRefusal: ScriptedModel = {
  description: "of a test",
  async *script(request) {
    // Waits for the gate.
    for await (const _ of gate.model.script(request)) break;
    yield* refusing.script(request) as Iterable<Step>;
  },
};

let service: AnswerService;
beforeAll(async () => {
  service = await startAnswerService({
    models: { steady: steadyModel(words), large, gated, refusing, "late-refusal": lateRefusal },
  });
});
afterAll(() => service.close());

/** Runs the function, and resolves with the number of calls to Bedrock that it has caused. */
async function countCalls(run: () => Promise<void>): Promise<number> {
  const before = service.bedrock.statistics.requests;
  await run();
  await waitFor("the end of all calls to Bedrock", service.bedrock.idle());
  return service.bedrock.statistics.requests - before;
}

describe("a reader", () => {
  test("a reader who leaves after any line can get the missing lines later, byte for byte, from the same call to Bedrock", async () => {
    const cuts = Array.from({ length: total - 1 }, (_, index) => index + 1);
    const calls = await countCalls(async () => {
      await Promise.all(
        cuts.map(async (count) => {
          const key = newKey();
          const reader = service.read({ key });
          await reader.until(`line ${count}`, ({ lines }) => lines.length >= count);
          const had = reader.lines.slice(0, count).join("");
          reader.leave();
          const rest = await service.ask({ key, fromLine: count });
          const whole = await service.ask({ key });
          expect(had + rest.text, `left after ${count} lines`).toBe(whole.text);
          expect(whole.lines).toHaveLength(total);
          expect(whole.last).toMatchObject({ type: "end", stopReason: "end_turn" });
        }),
      );
    });
    expect(calls).toBe(cuts.length);
  });

  test("a reader who leaves before the first line can get the whole answer later", async () => {
    gate = gatedModel(3);
    const key = newKey();
    const calls = await countCalls(async () => {
      const reader = service.read({ key, modelId: "gated" });
      await waitFor(
        "the call to Bedrock",
        service.bedrock.until(({ active }) => active === 1),
      );
      reader.leave();
      const again = service.read({ key, modelId: "gated" });
      gate.open();
      expect(await again.ended).toMatchObject({ isResumed: true });
      expect(again.lines).toHaveLength(8);
      expect(again.last.type).toBe("end");
      // The reader who has left gets nothing more.
      expect(reader.text).toBe("");
    });
    expect(calls).toBe(1);
  });

  test("a reader who leaves does not end the call to Bedrock, and the answer is kept to its end", async () => {
    gate = gatedModel(3);
    const key = newKey();
    const reader = service.read({ key, modelId: "gated" });
    gate.open(1);
    await reader.until("the first line", ({ lines }) => lines.length > 0);
    reader.leave();
    gate.open();
    expect(await reader.ended).toMatchObject({
      recording: { recording: "complete" },
      outcome: { error: undefined },
    });
    expect((await service.ask({ key, modelId: "gated" })).last.type).toBe("end");
  });

  test("a reader who stops reading does not hold up the answer, which is kept to its end", async () => {
    gate = gatedModel(3);
    const key = newKey();
    const reader = service.read({ key, modelId: "gated", callerStallMs: 50 });
    reader.takes = false;
    gate.open();
    const { outcome, recording } = await reader.ended;
    expect(outcome).toMatchObject({ callerStalled: true, error: undefined });
    expect(recording).toEqual({ recording: "complete" });
    expect((await service.ask({ key, modelId: "gated" })).last.type).toBe("end");
  });
});

describe("an answer that has ended", () => {
  test("an answer that has ended can be read again from any line, and Bedrock is not called", async () => {
    const key = newKey();
    const { lines } = await service.ask({ key });
    const calls = await countCalls(async () => {
      for (const fromLine of [0, 1, total - 1]) {
        const again = await service.ask({ key, fromLine });
        expect(again.text).toBe(lines.slice(fromLine).join(""));
        expect(again.outcome).toMatchObject({ error: undefined, usage: undefined, deltas: 0 });
      }
    });
    expect(calls).toBe(0);
  });

  test("a reader who asks for lines after the last one gets the last line, so that no response is empty", async () => {
    const key = newKey();
    const { lines } = await service.ask({ key });
    for (const fromLine of [total, total + 1, Number.MAX_SAFE_INTEGER]) {
      expect((await service.ask({ key, fromLine })).text).toBe(lines.at(-1));
    }
  });

  test("an answer with an event of 800 KB is the same for a second reader", async () => {
    const key = newKey();
    const first = await service.ask({ key, modelId: "large" });
    const second = await service.ask({ key, modelId: "large" });
    expect(first.recording).toEqual({ recording: "complete" });
    expect(first.text.length).toBeGreaterThan(800_000);
    expect(second.text === first.text).toBe(true);
    const rest = await service.ask({ key, modelId: "large", fromLine: 4 });
    expect(rest.text).toBe(first.lines.slice(4).join(""));
  });

  test.each<Format>(["ndjson", "sse", "eventstream", "json"])(
    "an answer as %s is the same for a second reader",
    async (format) => {
      const key = newKey();
      const first = await service.ask({ key, format });
      const second = await service.ask({ key, format });
      expect(first.text.length).toBeGreaterThan(100);
      expect(second).toMatchObject({ text: first.text, isResumed: true });
    },
  );

  test("fromLine counts each server-sent event as one line", async () => {
    const key = newKey();
    const { text } = await service.ask({ key, format: "sse" });
    const events = text.split(/(?<=\n\n)/);
    expect(events).toHaveLength(total);
    const rest = await service.ask({ key, format: "sse", fromLine: 5 });
    expect(rest.text).toBe(events.slice(5).join(""));
  });

  test("an answer with an error in mid-stream ends with the same error for a second reader", async () => {
    const key = newKey();
    const first = await service.ask({ key, modelId: "local.mid-internal" });
    const second = await service.ask({ key, modelId: "local.mid-internal" });
    expect(first.last).toMatchObject({ type: "error", error: { name: "InternalServerException" } });
    expect(second.text).toBe(first.text);
    expect(first.recording).toEqual({ recording: "complete" });
  });
});

describe("readers of one answer", () => {
  test("readers who ask at the same moment get the same bytes, and Bedrock is called once", async () => {
    const key = newKey();
    const calls = await countCalls(async () => {
      const stores = Array.from({ length: 5 }, () => service.connect());
      const answers = await Promise.all(stores.map((store) => service.ask({ key, store })));
      for (const { text } of answers) expect(text).toBe(answers[0]!.text);
      expect(answers[0]!.lines).toHaveLength(total);
      expect(answers.filter(({ isResumed }) => !isResumed)).toHaveLength(1);
    });
    expect(calls).toBe(1);
  });

  test("a second reader gets each word while the model is still writing", async () => {
    gate = gatedModel(3);
    const key = newKey();
    // The pieces are written once an hour, unless the claim says that there is a follower.
    const store = service.connect({ flush: 3_600_000 });
    const producer = service.read({ key, modelId: "gated", store });
    gate.open(1);
    await producer.until("the first line", ({ lines }) => lines.length > 0);
    const follower = service.read({ key, modelId: "gated" });
    for (let word = 0; word < 3; word++) {
      gate.open(1);
      await follower.until(`word ${word}`, ({ text }) => text.includes(`"word ${word} "`));
    }
    gate.open();
    await Promise.all([producer.ended, follower.ended]);
    expect(follower.text).toBe(producer.text);
  });

  test("a slow reader gets everything, like a fast one", async () => {
    const key = newKey();
    const { text } = await service.ask({ key, modelId: "large" });
    const reader = service.read({ key, modelId: "large" });
    reader.takes = false;
    await reader.until("the first lines", ({ lines }) => lines.length > 0);
    reader.drain();
    await reader.ended;
    expect(reader.text === text).toBe(true);
  });

  test("a follower who stops reading ends with CallerStalled", async () => {
    gate = gatedModel(3);
    const key = newKey();
    const producer = service.read({ key, modelId: "gated" });
    gate.open(2);
    await producer.until("the first word", ({ lines }) => lines.length > 2);
    const follower = service.read({ key, modelId: "gated", callerStallMs: 50 });
    follower.takes = false;
    const { outcome } = await follower.ended;
    expect(outcome).toMatchObject({ callerStalled: true, error: { name: "CallerStalled" } });
    gate.open();
    expect(await producer.ended).toMatchObject({ outcome: { error: undefined } });
  });

  test("a follower who leaves ends with CallerGone, and the answer goes on", async () => {
    gate = gatedModel(3);
    const key = newKey();
    const producer = service.read({ key, modelId: "gated" });
    await waitFor(
      "the call to Bedrock",
      service.bedrock.until(({ active }) => active === 1),
    );
    service.table.calls.length = 0;
    const follower = service.read({ key, modelId: "gated" });
    await service.table.until("the follower", isFollowing);
    follower.leave();
    expect((await follower.ended).error?.name).toBe("CallerGone");
    gate.open();
    expect(await producer.ended).toMatchObject({ outcome: { error: undefined } });
  });

  test("a follower whose own invocation runs out of time ends with DeadlineExceeded, and the answer goes on", async () => {
    gate = gatedModel(3);
    const key = newKey();
    const producer = service.read({ key, modelId: "gated" });
    gate.open(2);
    await producer.until("the first word", ({ lines }) => lines.length > 2);
    const follower = await service.ask({ key, modelId: "gated", deadlineMs: 0 });
    expect(follower.error?.name ?? follower.last.error?.name).toBe("DeadlineExceeded");
    gate.open();
    expect(await producer.ended).toMatchObject({ recording: { recording: "complete" } });
  });
});

describe("an error before the first line", () => {
  const name: ErrorName = "ModelErrorException";

  test("an error before the first line frees the key, so that the request can be sent again", async () => {
    const key = newKey();
    const calls = await countCalls(async () => {
      const first = await service.ask({ key, modelId: "refusing" });
      const second = await service.ask({ key, modelId: "refusing" });
      expect([first.error?.name, second.error?.name]).toEqual([name, name]);
      expect([first.isResumed, second.isResumed]).toEqual([false, false]);
    });
    expect(calls).toBe(2);
    expect((await service.ask({ key })).last.type).toBe("end");
  });

  test("an error before the first line reaches all waiting readers with its retry-after, and Bedrock is called once", async () => {
    const key = newKey();
    gate = gatedModel(0);
    const calls = await countCalls(async () => {
      service.table.calls.length = 0;
      const first = service.read({ key, modelId: "late-refusal" });
      await service.table.until("the claim", ({ operation }) => operation === "PutItem");
      const others = [
        service.read({ key, modelId: "late-refusal" }),
        service.read({ key, modelId: "late-refusal" }),
      ];
      await service.table.until("the followers", isFollowing);
      gate.open();
      const { error } = await first.ended;
      expect(error).toMatchObject({ name, status: 424, retryAfter: 7 });
      for (const other of others) {
        const ended = await other.ended;
        expect(ended.isResumed).toBe(true);
        expect(ended.error).toMatchObject({ name, status: 424, retryAfter: 7, message: error!.message });
      }
    });
    expect(calls).toBe(1);
  });

  test("an error before the first line leaves no answer that could be resumed from a later line", async () => {
    const key = newKey();
    await service.ask({ key, modelId: "refusing" });
    const { error } = await service.ask({ key, modelId: "refusing", fromLine: 1 });
    expect(error).toMatchObject({ name: "AnswerNotFound", status: 404 });
  });
});
