// Ways to end an answer early: `abort()`, `await using`, and a signal's time limit.
import { describe, expect, test } from "vitest";
import { AbortError, type ConverseStream, TimeoutError } from "../../lib/client/index.ts";
import { connectClient, connectEndless } from "../support/callers/connected-client.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { sampleBytes } from "../support/frames/sample-stream.ts";
import { sendStream } from "../support/servers/line-service.ts";

const prompt = { prompt: "hi" };

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return waitFor(
    "the failure",
    promise.catch((error: unknown) => error),
  );
}

/** Aborts when the text has begun. */
async function abortAtText(stream: ConverseStream): Promise<void> {
  for await (const event of stream) {
    if (event.type === "contentBlockDelta" && event.delta.text) stream.abort("enough");
  }
}

describe("abort()", () => {
  test("abort() ends a waiting loop with an error that has the reason and the partial answer, and closes the connection", async () => {
    const { client, leaving } = await connectEndless();
    const stream = client.converse(prompt);
    const error = await failureOf(abortAtText(stream));
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({
      name: "AbortError",
      message: "Cannot finish the answer: the caller aborted it",
      cause: "enough",
      retryable: false,
      requestId: "7f3c",
      partial: { content: [{}, { text: "Grüße, " }] },
    });
    await waitFor("the server to see the connection close", leaving);
    await expect(stream.result()).rejects.toBe(error);
  });

  test("abort() ends an answer that nobody reads, without an unhandled rejection", async () => {
    const { client, leaving } = await connectEndless();
    const stream = client.converse(prompt);
    const loop = stream[Symbol.asyncIterator]();
    await loop.next();
    stream.abort();
    await waitFor("the server to see the connection close", leaving);
    expect(await failureOf(stream.result())).toBeInstanceOf(AbortError);
  });

  test("abort() prevents the request if it is called at once", async () => {
    const { client, service } = await connectEndless({ credentials: () => new Promise(() => {}) });
    const stream = client.converse(prompt);
    stream.abort();
    expect(await failureOf(stream.result())).toBeInstanceOf(AbortError);
    expect(service.counts.requests).toBe(0);
  });

  test("abort() changes nothing after the end of the answer, and of two calls only the first counts", async () => {
    const { client } = await connectClient(({ response }) => sendStream(response, sampleBytes));
    const complete = client.converse(prompt);
    const result = await complete.result();
    complete.abort();
    expect(await complete.result()).toBe(result);

    const aborted = client.converse(prompt);
    aborted.abort("first");
    aborted.abort("second");
    expect(await failureOf(aborted.result())).toMatchObject({ cause: "first" });
  });
});

describe("await using", () => {
  test("await using aborts an answer whose block ends early", async () => {
    const { client, leaving } = await connectEndless();
    let stream: ConverseStream | undefined;
    await expect(
      (async () => {
        await using answer = client.converse(prompt);
        stream = answer;
        await answer.lines().next();
        throw new Error("The block failed");
      })(),
    ).rejects.toThrow("The block failed");
    await waitFor("the server to see the connection close", leaving);
    expect(await failureOf(stream!.result())).toBeInstanceOf(AbortError);
  });

  test("await using changes nothing after a complete answer", async () => {
    const { client } = await connectClient(({ response }) => sendStream(response, sampleBytes));
    let stream: ConverseStream | undefined;
    {
      await using answer = client.converse(prompt);
      stream = answer;
      await answer.result();
    }
    expect(await stream.result()).toMatchObject({ stopReason: "tool_use" });
  });
});

describe("a signal's time limit", () => {
  test("a signal's time limit causes a TimeoutError with the partial answer", async () => {
    const { client, leaving } = await connectEndless();
    const signal = AbortSignal.timeout(scaled(1000));
    const stream = client.converse(prompt, { signal });
    const error = await failureOf(stream.result());
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).not.toBeInstanceOf(AbortError);
    expect(error).toMatchObject({
      name: "TimeoutError",
      message: "Cannot finish the answer: the time limit of the caller's signal passed; allow more time",
      cause: signal.reason,
      retryable: true,
      partial: { content: [{}, { text: "Grüße, " }] },
    });
    await waitFor("the server to see the connection close", leaving);
  });

  test.each([
    ["a time limit passes", AbortSignal.timeout(1), "TimeoutError"],
    ["the user aborts", AbortSignal.abort(), "AbortError"],
  ])(
    "a signal's time limit can be combined with another signal: if %s, the error says so",
    async (_, first, name) => {
      const { client } = await connectEndless();
      const signal = AbortSignal.any([first, new AbortController().signal]);
      expect(await failureOf(client.converse(prompt, { signal }).result())).toMatchObject({ name });
    },
  );
});
