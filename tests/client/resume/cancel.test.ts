// Tests that a client with `resume` ends an answer on the service when the caller does not want the answer any more.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { delta, ending, event, type ScriptedModel } from "../../../lib/local/bedrock/script.ts";
import { connectThroughCuts, joinedLines, resumableClient } from "../../support/callers/resumable-client.ts";
import { waitFor } from "../../support/deadline.ts";
import { startCuttingProxy } from "../../support/servers/cutting-proxy.ts";
import { startTestStack, type TestStack } from "../../support/servers/local-stack.ts";

/** Sends words until its caller disconnects. */
const endless: ScriptedModel = {
  description: "of a test",
  *script(request) {
    yield event("messageStart", { role: "assistant" });
    for (;;) {
      yield delta(0, { text: "word " });
      yield { do: "pause", milliseconds: 20 };
      if (request.disconnected.aborted) return;
    }
  },
};

/** Sends nothing until its caller disconnects. */
const silent: ScriptedModel = {
  description: "of a test",
  *script() {
    yield { do: "hang" };
  },
};

const short: ScriptedModel = {
  description: "of a test",
  *script(request) {
    yield event("messageStart", { role: "assistant" });
    yield delta(0, { text: "word" });
    yield* ending(request, "end_turn", 1);
  },
};

let stack: TestStack;
beforeAll(async () => {
  const options = { models: { endless, silent, short } };
  stack = await startTestStack({ answerStore: {}, bedrock: { kind: "local", options } });
});
afterAll(() => stack.close());

function newRequest(modelId = "endless") {
  return { prompt: "x", modelId, idempotencyKey: crypto.randomUUID() };
}

function cancelsIn(bodies: string[]): string[] {
  return bodies.filter((body) => body.includes(`"action":"cancel"`));
}

/** The last line of the answer that the service has kept. */
async function lastKeptLine(request: object): Promise<unknown> {
  const { lines, body } = await stack.ask(request);
  return lines.at(-1) ?? JSON.parse(body);
}

const cancelled = { type: "error", error: { name: "Cancelled", retryable: false } };

describe("an answer that its caller does not want any more", () => {
  test("an answer ends on the service when its loop is left, and the client cancels it only once", async () => {
    const { client, proxy } = await connectThroughCuts(stack.url, []);
    const request = newRequest();
    let events = 0;
    for await (const _ of client.converse(request)) if (++events === 5) break;
    await waitFor("the end of the call to Bedrock", stack.bedrock!.idle());
    expect(await lastKeptLine(request)).toMatchObject(cancelled);
    expect(cancelsIn(proxy.bodies)).toHaveLength(1);
  });

  test("an answer ends on the service when its signal aborts, and its loop fails with an AbortError", async () => {
    const request = newRequest();
    const controller = new AbortController();
    const answer = resumableClient(stack.url).converse(request, { signal: controller.signal });
    await expect(
      (async () => {
        for await (const { type } of answer) if (type === "contentBlockDelta") controller.abort();
      })(),
    ).rejects.toMatchObject({ name: "AbortError", partial: { content: [{ text: "word " }] } });
    await waitFor("the end of the call to Bedrock", stack.bedrock!.idle());
    expect(await lastKeptLine(request)).toMatchObject(cancelled);
  });

  test("an aborted answer ends on the service even if none of its lines has arrived", async () => {
    const request = newRequest("silent");
    const answer = resumableClient(stack.url).converse(request);
    await waitFor(
      "the call to Bedrock",
      stack.bedrock!.until(({ active }) => active === 1),
    );
    answer.abort();
    // The model never ends its answer by itself.
    await waitFor("the end of the call to Bedrock", stack.bedrock!.idle());
  });

  test("an answer that is aborted while its request is being sent ends on the service", async () => {
    const { client, proxy } = await connectThroughCuts(stack.url, []);
    const request = newRequest();
    const answer = client.converse(request);
    while (proxy.bodies.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    answer.abort();
    await expect(answer.result()).rejects.toMatchObject({ name: "AbortError" });
    expect(await waitFor("the cancellation", lastKeptLine(request))).toMatchObject(cancelled);
    await waitFor("the end of the call to Bedrock", stack.bedrock!.idle());
  });

  test("an answer that is aborted while the client has no connection ends on the service", async () => {
    let isDown = false;
    const proxy = await startCuttingProxy(stack.url, (index, body) => {
      isDown ||= index === 1;
      return index === 0 ? { afterBytes: 400 } : { refuses: isDown && !body.includes("cancel") };
    });
    const request = newRequest();
    const answer = resumableClient(proxy.url).converse(request);
    const failing = answer.result().catch((error: unknown) => error);
    while (proxy.bodies.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    answer.abort("enough");
    expect(await waitFor("the failure", failing)).toMatchObject({ name: "AbortError", cause: "enough" });
    await waitFor("the end of the call to Bedrock", stack.bedrock!.idle());
    expect(await lastKeptLine(request)).toMatchObject(cancelled);
  });

  test("an answer is not cancelled after its end, nor if its call turns resume off", async () => {
    const { client, proxy } = await connectThroughCuts(stack.url, []);
    const complete = client.converse(newRequest("short"));
    await complete.result();
    complete.abort();
    const request = newRequest();
    for await (const _ of client.converse(request, { resume: false })) break;
    expect(await client.cancel(request.idempotencyKey)).toBe(true);
    await waitFor("the end of the call to Bedrock", stack.bedrock!.idle());
    expect(cancelsIn(proxy.bodies)).toHaveLength(1);
  });
});

describe("client.cancel()", () => {
  test("client.cancel() ends the answer for its reader, who gets the error Cancelled, and resolves with true", async () => {
    const request = newRequest();
    const reading = resumableClient(stack.url).converse(request);
    await reading[Symbol.asyncIterator]().next();
    const other = resumableClient(stack.url);
    const lines = joinedLines(other.converse(request).lines()).catch((error: unknown) => error);
    expect(await other.cancel(request.idempotencyKey)).toBe(true);
    expect(await waitFor("the failure of the other reader", lines)).toMatchObject({
      name: "StreamFailedError",
      code: "Cancelled",
      retryable: false,
    });
  });

  test("client.cancel() resolves with false if the answer has ended already", async () => {
    const client = resumableClient(stack.url);
    const request = newRequest("short");
    await client.converse(request).result();
    await stack.ask(request);
    expect(await client.cancel(request.idempotencyKey)).toBe(false);
  });

  test("client.cancel() rejects for an unknown answer, for a malformed key, and if its signal aborts", async () => {
    const client = resumableClient(stack.url);
    await expect(client.cancel(crypto.randomUUID())).rejects.toMatchObject({
      name: "RequestError",
      code: "AnswerNotFound",
      status: 404,
    });
    await expect(client.cancel("short")).rejects.toMatchObject({
      name: "RequestError",
      code: "InvalidRequest",
    });
    const signal = AbortSignal.abort("reason");
    await expect(client.cancel(crypto.randomUUID(), { signal })).rejects.toMatchObject({
      name: "AbortError",
      message: "Cannot cancel the answer: the caller's signal aborted the request",
      cause: "reason",
    });
  });
});
