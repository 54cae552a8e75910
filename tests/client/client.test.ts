// Tests the client against a real server that speaks the wire format and verifies every signature.
import { describe, expect, test } from "vitest";
import { ConfigurationError, StreamCutError, StreamFailedError } from "../../lib/client/index.ts";
import { connectClient } from "../support/callers/connected-client.ts";
import { sendStream, streamHeaders, wireError } from "../support/servers/line-service.ts";
import { createRandom } from "../support/random.ts";
import { sampleBytes, sampleEvents, sampleMessage, toLines } from "../support/frames/sample-stream.ts";

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of source) values.push(value);
  return values;
}

const prompt = { prompt: "hi" };

describe("client.converse()", () => {
  test("an answer yields every event unchanged, including unknown ones, and then has the result", async () => {
    const { client } = await connectClient(({ response }) => sendStream(response, sampleBytes));
    const stream = client.converse(prompt);
    expect(await collect(stream)).toEqual(sampleEvents);
    expect(await stream.result()).toEqual({
      message: sampleMessage,
      content: sampleMessage.content,
      text: "Grüße, 世界 😀\n",
      reasoningText: "Denk nach…",
      toolCalls: [{ toolUseId: "t1", name: "weather", input: { city: "Köln" } }],
      stopReason: "tool_use",
      usage: { inputTokens: 5, outputTokens: 9, totalTokens: 14 },
      timing: { firstDeltaMs: 298, totalMs: 331 },
      additionalModelResponseFields: { stop_sequence: null },
      metadata: sampleEvents.at(-2),
      modelId: "local.story",
      requestId: "7f3c",
    });
  });

  test("textStream() yields only the text", async () => {
    const { client } = await connectClient(({ response }) => sendStream(response, sampleBytes));
    expect(await collect(client.converse(prompt).textStream())).toEqual(["Grüße, ", "世界 😀\n"]);
  });

  test("result() alone reads the whole answer", async () => {
    const { client } = await connectClient(({ response }) => sendStream(response, sampleBytes));
    expect((await client.converse(prompt).result()).message).toEqual(sampleMessage);
  });

  test("converse() sends the request as it was when the call was made, to the URL's path", async () => {
    const seen: string[] = [];
    const { client } = await connectClient(({ request, response, body }) => {
      seen.push(
        `${request.method} ${request.url} ${request.headers["content-type"]} ${request.headers.accept} ${body}`,
      );
      sendStream(response, sampleBytes);
    });
    const request = { messages: [{ role: "user" as const, content: [{ text: "ü" }] }] };
    const stream = client.converse(request);
    request.messages.length = 0;
    await stream.result();
    expect(seen).toEqual([
      'POST / application/json application/x-ndjson {"messages":[{"role":"user","content":[{"text":"ü"}]}]}',
    ]);
  });

  test("an answer can be read by only one consumer", async () => {
    const { client } = await connectClient(({ response }) => sendStream(response, sampleBytes));
    const stream = client.converse(prompt);
    const texts = stream.textStream();
    expect(() => stream.textStream()).toThrow(ConfigurationError);
    await expect(collect(stream)).rejects.toThrow("Cannot read this answer twice");
    const [, result] = await Promise.all([collect(texts), stream.result()]);
    expect(result.stopReason).toBe("tool_use");
  });

  test("an answer yields the same events however the bytes are split on the network", async () => {
    const random = createRandom(11);
    const { client } = await connectClient(async ({ response, index }) => {
      response.writeHead(200, streamHeaders);
      response.socket?.setNoDelay(true);
      for (let start = 0; start < sampleBytes.length;) {
        const size = index === 0 ? 1 : 1 + random.below(200);
        response.write(sampleBytes.subarray(start, start + size));
        start += size;
        // Without a pause, several writes would arrive as one chunk.
        if (start % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    for (let round = 0; round < 10; round += 1)
      expect(await collect(client.converse(prompt))).toEqual(sampleEvents);
  });

  test("a cut at any byte is reported, whether the server ends the response or resets the connection", async () => {
    const short = toLines([...sampleEvents.slice(0, 2), ...sampleEvents.slice(7, 9), sampleEvents.at(-1)]);
    const { client } = await connectClient(({ response, index }) => {
      const end = index >> 1;
      response.writeHead(200, streamHeaders);
      if (index % 2 === 0) response.end(short.subarray(0, end));
      else response.write(short.subarray(0, end), () => response.destroy());
    });
    for (let cut = 0; cut < short.length; cut += 1) {
      for (const how of ["ended", "reset"]) {
        const stream = client.converse(prompt);
        const error: unknown = await collect(stream).catch((caught: unknown) => caught);
        expect(error, `${how} after ${cut} bytes`).toBeInstanceOf(StreamCutError);
        await expect(stream.result()).rejects.toBe(error);
      }
    }
    expect((await client.converse(prompt).result()).stopReason).toBe("tool_use");
  });

  test("an answer yields the events before an error line, then throws the line's error with the partial message", async () => {
    const lines = toLines([...sampleEvents.slice(0, 11), wireError("ModelStreamErrorException", true)]);
    const { client } = await connectClient(({ response }) => sendStream(response, lines));
    const stream = client.converse(prompt);
    const events: unknown[] = [];
    const error: unknown = await (async () => {
      for await (const event of stream) events.push(event);
    })().catch((caught: unknown) => caught);
    expect(events).toEqual(sampleEvents.slice(0, 11));
    expect(error).toBeInstanceOf(StreamFailedError);
    expect(error).toMatchObject({
      name: "StreamFailedError",
      code: "ModelStreamErrorException",
      message: "The stream failed with ModelStreamErrorException: Because of ModelStreamErrorException",
      retryable: true,
      requestId: "request-1",
      partial: { role: "assistant", content: sampleMessage.content.slice(0, 2) },
    });
    await expect(stream.result()).rejects.toBe(error);
  });
});
