// The raw lines of an answer, byte for byte as they arrived, and how they end.
import { describe, expect, test } from "vitest";
import { connectClient, connectEndless } from "../support/callers/connected-client.ts";
import { waitFor } from "../support/deadline.ts";
import { sampleBytes, sampleEvents, toLines } from "../support/frames/sample-stream.ts";
import { sendJson, sendStream, streamHeaders, wireError } from "../support/servers/line-service.ts";

const prompt = { prompt: "hi" };

/** Collects the lines, and the error that follows them. */
async function collect(lines: AsyncIterable<string>): Promise<{ lines: string[]; error?: unknown }> {
  const found: string[] = [];
  try {
    for await (const line of lines) found.push(line);
    return { lines: found };
  } catch (error) {
    return { lines: found, error };
  }
}

describe("lines()", () => {
  test("lines() gives the lines as they arrived, even an empty one, and the result afterwards", async () => {
    const odd = '{"type":"new", "number":12345678901234567890.10,"text":"\\u00e9\\/","a":1,"a":2}';
    const first = JSON.stringify(sampleEvents[0]);
    const rest = sampleBytes.toString().slice(first.length + 1);
    const { client } = await connectClient(({ response }) =>
      sendStream(response, Buffer.from(`${first}\n${odd}\n\n${rest}`)),
    );
    const stream = client.converse(prompt);
    const lines: string[] = [];
    for await (const line of stream.lines()) lines.push(line);
    expect(lines.join("\n")).toBe(`${first}\n${odd}\n\n${rest}`.trimEnd());
    expect(await stream.result()).toMatchObject({ text: "Grüße, 世界 😀\n" });
  });

  test("lines() closes the connection when its loop ends early", async () => {
    const { client, leaving } = await connectEndless();
    for await (const line of client.converse(prompt).lines()) {
      expect(JSON.parse(line)).toEqual(sampleEvents[0]);
      break;
    }
    await waitFor("the server to see the connection close", leaving);
  });

  test("lines() gives an error line, and then throws its error", async () => {
    const failed = [sampleEvents[0], wireError("ModelTimeoutException", true)];
    const { client } = await connectClient(({ response }) => sendStream(response, toLines(failed)));
    const stream = client.converse(prompt);
    const { lines, error } = await collect(stream.lines());
    expect(lines).toEqual(failed.map((line) => JSON.stringify(line)));
    expect(error).toMatchObject({ name: "StreamFailedError", code: "ModelTimeoutException" });
    await expect(stream.result()).rejects.toBe(error);
  });

  test("lines() gives no part of a line that was cut", async () => {
    const { client } = await connectClient(({ response }) =>
      response.writeHead(200, streamHeaders).end(sampleBytes.subarray(0, -1)),
    );
    const { lines, error } = await collect(client.converse(prompt).lines());
    expect(lines).toEqual(sampleEvents.slice(0, -1).map((line) => JSON.stringify(line)));
    expect(error).toMatchObject({ name: "StreamCutError" });
  });

  test.each([
    ["is not UTF-8", Buffer.from([0x22, 0xff, 0x22, 0x0a])],
    ["is not JSON", Buffer.from("nonsense\n")],
  ])("lines() gives no line that %s", async (_, bad) => {
    const { client } = await connectClient(({ response }) =>
      sendStream(response, Buffer.concat([toLines([sampleEvents[0]]), bad])),
    );
    const { lines, error } = await collect(client.converse(prompt).lines());
    expect(lines).toEqual([JSON.stringify(sampleEvents[0])]);
    expect(error).toMatchObject({ name: "StreamFailedError", code: "StreamCorrupt" });
  });

  test("lines() gives no line for an error response", async () => {
    const { client } = await connectClient(({ response }) =>
      sendJson(response, 400, wireError("InvalidRequest", false)),
    );
    const { lines, error } = await collect(client.converse(prompt).lines());
    expect(lines).toEqual([]);
    expect(error).toMatchObject({ name: "RequestError", status: 400 });
  });
});
