// Silence: the client disconnects from a silent server, and a consumer that stops reading makes the server wait.
import { describe, expect, test } from "vitest";
import { StreamCutError } from "../../lib/client/index.ts";
import { beginning, connectClient, connectEndless } from "../support/callers/connected-client.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { streamHeaders } from "../support/servers/line-service.ts";
import { sampleBytes, sampleEvents, sampleMessage, toLines } from "../support/frames/sample-stream.ts";

const prompt = { prompt: "hi" };

describe("a silent server", () => {
  test("a silent server is disconnected after idleTimeout", async () => {
    const { client, leaving } = await connectEndless({ idleTimeout: scaled(500) });
    const stream = client.converse(prompt);
    const error: unknown = await waitFor(
      "the idle timeout",
      stream.result().catch((caught: unknown) => caught),
    );
    expect(error).toBeInstanceOf(StreamCutError);
    expect(error).toMatchObject({
      message: "Cannot finish the answer: the stream was silent for longer than idleTimeout",
      partial: { content: [{}, { text: "Grüße, " }] },
    });
    await waitFor("the server to see the connection close", leaving);
  });

  test("a silent server is not disconnected while it sends pings", async () => {
    const idleTimeout = scaled(2000);
    const { client } = await connectClient(
      async ({ response }) => {
        response.writeHead(200, streamHeaders).write(beginning);
        let pings = 0;
        const timer = setInterval(() => {
          response.write('{"type":"ping"}\n');
          pings += 1;
          if (pings < 15) return;
          clearInterval(timer);
          response.end(sampleBytes.subarray(beginning.length));
        }, idleTimeout / 10);
      },
      { idleTimeout },
    );
    expect((await client.converse(prompt).result()).message).toEqual(sampleMessage);
  });

  test("a server is not disconnected while the consumer pauses", async () => {
    const idleTimeout = scaled(1000);
    // These are more deltas than the stream's buffers hold, so that undici stops reading.
    const deltas = toLines(Array.from({ length: 50_000 }, () => sampleEvents[7]));
    const { client } = await connectClient(
      ({ response }) => {
        response.writeHead(200, streamHeaders).write(beginning);
        response.write(deltas);
      },
      { idleTimeout },
    );
    let events = 0;
    const loop = (async () => {
      for await (const event of client.converse(prompt)) {
        // undici's timers can be about a second late, so the pause exceeds idleTimeout by more than a second.
        if (event.type === "start") await new Promise((resolve) => setTimeout(resolve, idleTimeout + 1700));
        events += 1;
      }
    })();
    // The server sends nothing after the deltas, so the answer fails when the consumer has read them all.
    await expect(waitFor("the idle timeout", loop)).rejects.toThrow("silent for longer than idleTimeout");
    expect(events).toBe(8 + 50_000);
  });

  test("a silent server is disconnected after firstByteTimeout, without a retry", async () => {
    const { client, service } = await connectClient(() => {}, { firstByteTimeout: scaled(500) });
    const result = waitFor("the first byte timeout", client.converse(prompt).result());
    await expect(result).rejects.toMatchObject({ name: "StreamCutError", code: "UND_ERR_HEADERS_TIMEOUT" });
    expect(service.counts.requests).toBe(1);
  });
});

describe("a consumer that stops reading", () => {
  test("a consumer that stops reading makes the server wait", async () => {
    const deltas = toLines(Array.from({ length: 500 }, () => sampleEvents[7]));
    let sent = 0;
    let block: () => void;
    const blocked = new Promise<void>((resolve) => (block = resolve));
    const { client } = await connectClient(({ response }) => {
      response.writeHead(200, streamHeaders).write(beginning);
      pump();
      function pump(): void {
        do sent += deltas.length;
        while (response.write(deltas) && !response.destroyed);
        const stuck = setTimeout(block, 300);
        response.once("drain", () => (clearTimeout(stuck), pump()));
      }
    });
    const events = client.converse(prompt)[Symbol.asyncIterator]();
    await events.next();
    await waitFor("the server to wait", blocked);
    // The buffers of two sockets and a stream hold less than this.
    expect(sent).toBeLessThan(20_000_000);
    await events.return!();
  });
});
