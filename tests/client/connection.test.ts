// Leaving a loop early closes the connection; reading to the end keeps it.
import { describe, expect, test } from "vitest";
import { AbortedError } from "../../lib/client/index.ts";
import { connectClient, connectEndless } from "../support/callers/connected-client.ts";
import { waitFor } from "../support/deadline.ts";
import { streamHeaders } from "../support/servers/line-service.ts";
import { sampleBytes, sampleMessage } from "../support/frames/sample-stream.ts";

const prompt = { prompt: "hi" };

describe("leaving", () => {
  test("a loop early closes the connection, and the result tells what had arrived", async () => {
    const { client, leaving } = await connectEndless();
    const stream = client.converse(prompt);
    for await (const event of stream) if (event.type === "contentBlockDelta" && event.delta.text) break;
    await waitFor("the server's notice", leaving);
    const error: unknown = await stream.result().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AbortedError);
    expect(error).toMatchObject({
      requestId: "7f3c",
      partial: { content: [sampleMessage.content[0], { text: "Grüße, " }] },
    });
  });

  test("a loop over the text early closes the connection", async () => {
    const { client, leaving } = await connectEndless();
    for await (const text of client.converse(prompt).textStream()) {
      expect(text).toBe("Grüße, ");
      break;
    }
    await waitFor("the server's notice", leaving);
  });

  test.each(["textStream", "events"])("%s before the first event closes the connection", async (what) => {
    const { client, service, leaving } = await connectEndless();
    const stream = client.converse(prompt);
    const iterator = what === "events" ? stream[Symbol.asyncIterator]() : stream.textStream();
    await iterator.return!();
    expect(await iterator.next()).toMatchObject({ done: true });
    await expect(stream.result()).rejects.toThrow(AbortedError);
    if (service.counts.requests > 0) await waitFor("the server's notice", leaving);
  });

  test("at the last event leaves a whole answer and a connection that is used again", async () => {
    const whole: boolean[] = [];
    let closed: () => void;
    const { client, service } = await connectClient(({ response }) => {
      response.on("close", () => (whole.push(response.writableFinished), closed()));
      response.writeHead(200, streamHeaders).write(sampleBytes);
      // The end of the body comes after the last line was read.
      setTimeout(() => response.end(), 20);
    });
    for (let round = 0; round < 5; round += 1) {
      const close = new Promise<void>((resolve) => (closed = resolve));
      const stream = client.converse(prompt);
      for await (const event of stream) if (event.type === "end") break;
      expect((await stream.result()).message).toEqual(sampleMessage);
      await waitFor("the end of the body", close);
    }
    expect(whole).toEqual([true, true, true, true, true]);
    // Two, because a request may begin before the client has seen the end of the body before it.
    expect(service.counts.connections).toBeLessThanOrEqual(2);
  });

  test("is not needed where the end of the body never comes: the answer is whole, the connection is closed", async () => {
    let left: () => void;
    const leaving = new Promise<void>((resolve) => (left = resolve));
    const { client } = await connectClient(({ response }) => {
      response.on("close", () => left());
      response.writeHead(200, streamHeaders).write(sampleBytes);
    });
    expect((await waitFor("the result", client.converse(prompt).result())).stopReason).toBe("tool_use");
    await waitFor("the server's notice", leaving);
  });
});
