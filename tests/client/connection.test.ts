// Connections: ending a loop early closes the connection, and reading to the end keeps it for the next request.
import { describe, expect, test } from "vitest";
import { AbortError } from "../../lib/client/index.ts";
import { connectClient, connectEndless } from "../support/callers/connected-client.ts";
import { waitFor } from "../support/deadline.ts";
import { streamHeaders } from "../support/servers/line-service.ts";
import { sampleBytes, sampleMessage } from "../support/frames/sample-stream.ts";

const prompt = { prompt: "hi" };

describe("the connection", () => {
  test("the connection is closed when a loop over the events ends early, and result() rejects with the partial answer", async () => {
    const { client, leaving } = await connectEndless();
    const stream = client.converse(prompt);
    for await (const event of stream) if (event.type === "contentBlockDelta" && event.delta.text) break;
    await waitFor("the server to see the connection close", leaving);
    const error: unknown = await stream.result().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({
      requestId: "7f3c",
      partial: { content: [sampleMessage.content[0], { text: "Grüße, " }] },
    });
  });

  test("the connection is closed when a loop over the text ends early", async () => {
    const { client, leaving } = await connectEndless();
    for await (const text of client.converse(prompt).textStream()) {
      expect(text).toBe("Grüße, ");
      break;
    }
    await waitFor("the server to see the connection close", leaving);
  });

  test.each(["textStream", "events"])(
    "the connection is closed when the caller ends the iterator of %s before the first event",
    async (what) => {
      const { client, service, leaving } = await connectEndless();
      const stream = client.converse(prompt);
      const iterator = what === "events" ? stream[Symbol.asyncIterator]() : stream.textStream();
      await iterator.return!();
      expect(await iterator.next()).toMatchObject({ done: true });
      await expect(stream.result()).rejects.toThrow(AbortError);
      if (service.counts.requests > 0) await waitFor("the server to see the connection close", leaving);
    },
  );

  test("the connection is used again when a loop ends at the last event, and the answer is complete", async () => {
    const complete: boolean[] = [];
    let closed: () => void;
    const { client, service } = await connectClient(({ response }) => {
      response.on("close", () => (complete.push(response.writableFinished), closed()));
      response.writeHead(200, streamHeaders).write(sampleBytes);
      // The body ends only after the client has read the last line.
      setTimeout(() => response.end(), 20);
    });
    for (let round = 0; round < 5; round += 1) {
      const close = new Promise<void>((resolve) => (closed = resolve));
      const stream = client.converse(prompt);
      for await (const event of stream) if (event.type === "end") break;
      expect((await stream.result()).message).toEqual(sampleMessage);
      await waitFor("the end of the body", close);
    }
    expect(complete).toEqual([true, true, true, true, true]);
    // There are at most two connections: a request can begin before the client has read the end of the previous body.
    expect(service.counts.connections).toBeLessThanOrEqual(2);
  });

  test("the connection is closed when the body does not end after the last line, and the answer is complete nevertheless", async () => {
    let onClose: () => void;
    const closedByClient = new Promise<void>((resolve) => (onClose = resolve));
    const { client } = await connectClient(({ response }) => {
      response.on("close", () => onClose());
      response.writeHead(200, streamHeaders).write(sampleBytes);
    });
    expect((await waitFor("the result", client.converse(prompt).result())).stopReason).toBe("tool_use");
    await waitFor("the connection to close", closedByClient);
  });
});
