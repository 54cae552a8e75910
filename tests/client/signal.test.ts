// The caller's signal: aborts an answer at any time, and closes the connection.
import { getEventListeners } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { AbortError } from "../../lib/client/index.ts";
import { beginning, connectClient, connectEndless } from "../support/callers/connected-client.ts";
import { waitFor } from "../support/deadline.ts";
import {
  type LineExchange,
  sendJson,
  sendStream,
  streamHeaders,
  wireError,
} from "../support/servers/line-service.ts";
import { sampleBytes } from "../support/frames/sample-stream.ts";

const prompt = { prompt: "hi" };

describe("the signal", () => {
  test("the signal prevents the request if it has already fired", async () => {
    const { client, service } = await connectEndless();
    const stream = client.converse(prompt, { signal: AbortSignal.abort("never") });
    await expect(stream.result()).rejects.toMatchObject({ name: "AbortError", cause: "never" });
    expect(service.counts.requests).toBe(0);
  });

  test("the signal ends a waiting loop with an error that has the partial answer, and closes the connection", async () => {
    const { client, leaving } = await connectEndless();
    const controller = new AbortController();
    const stream = client.converse(prompt, { signal: controller.signal });
    const cause = new Error("The user pressed Ctrl-C");
    const loop = (async () => {
      for await (const event of stream) {
        if (event.type === "contentBlockDelta" && event.delta.text)
          setImmediate(() => controller.abort(cause));
      }
    })();
    const error: unknown = await waitFor(
      "the end of the loop",
      loop.catch((caught: unknown) => caught),
    );
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ cause, partial: { content: [{}, { text: "Grüße, " }] } });
    await waitFor("the server to see the connection close", leaving);
    await expect(stream.result()).rejects.toBe(error);
  });

  test("the signal ends a loop at once although more events have arrived", async () => {
    const { client } = await connectClient(({ response }) => sendStream(response, sampleBytes));
    const controller = new AbortController();
    let events = 0;
    const loop = (async () => {
      for await (const _ of client.converse(prompt, { signal: controller.signal })) {
        events += 1;
        controller.abort();
      }
    })();
    await expect(loop).rejects.toThrow(AbortError);
    expect(events).toBe(1);
  });

  test.each([
    ["an answer that nobody reads", undefined, () => {}],
    ["a credentials provider that hangs", () => new Promise<never>(() => {}), () => {}],
    [
      "the wait before a retry",
      undefined,
      ({ response }: LineExchange) =>
        sendJson(response, 429, wireError("ThrottlingException", true), { "retry-after": "15" }),
    ],
  ])("the signal aborts %s", async (_, provider, answer) => {
    const { client } = await connectClient(answer, provider ? { credentials: provider } : {});
    const controller = new AbortController();
    const stream = client.converse(prompt, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    const result = stream.result();
    await expect(waitFor("the rejection", result)).rejects.toThrow(AbortError);
  });

  test("the signal changes nothing after the end of the answer", async () => {
    const { client } = await connectClient(({ response }) => sendStream(response, sampleBytes));
    const controller = new AbortController();
    const stream = client.converse(prompt, { signal: controller.signal });
    const result = await stream.result();
    controller.abort();
    expect(await stream.result()).toBe(result);
  });

  test("the signal has one listener for any number of calls, and none after the last call", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warn);
    const { client } = await connectClient(({ response, index }) => {
      if (index < 30) sendStream(response, sampleBytes);
      else if (index < 40) sendJson(response, 400, wireError("InvalidRequest", false));
      else response.writeHead(200, streamHeaders).write(beginning);
    });
    const controller = new AbortController();
    const { signal } = controller;
    const streams = Array.from({ length: 30 }, () => client.converse(prompt, { signal }));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await Promise.all(streams.map((stream) => stream.result()));
    expect(getEventListeners(signal, "abort")).toHaveLength(0);

    // Nobody reads these answers, but their error responses have to remove the listener too.
    for (let call = 0; call < 10; call += 1) client.converse(prompt, { signal });
    while (getEventListeners(signal, "abort").length > 0) await nextTurn();

    const open = Array.from({ length: 30 }, () => client.converse(prompt, { signal }).result().catch(String));
    controller.abort();
    const errors = await waitFor("the end of all calls", Promise.all(open));
    expect(new Set(errors)).toEqual(
      new Set(["AbortError: Cannot finish the answer: the caller's signal aborted it"]),
    );
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    process.off("warning", warn);
    expect(warnings).toEqual([]);
  });
});
