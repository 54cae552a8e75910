// An answer that a web server passes on to a reader: formats, endings, statuses, and the reader's pace.
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type ClientOptions, ConfigurationError, type ConverseStream } from "../../lib/client/index.ts";
import { beginning, connectClient, connectEndless } from "../support/callers/connected-client.ts";
import { waitFor } from "../support/deadline.ts";
import { sampleBytes, sampleEvents, toLines } from "../support/frames/sample-stream.ts";
import {
  type LineExchange,
  sendJson,
  sendStream,
  streamHeaders,
  wireError,
} from "../support/servers/line-service.ts";
import { startPassingServer } from "../support/servers/passing-server.ts";

const prompt = { prompt: "hi" };
const text = "Grüße, 世界 😀\n";

async function converse(
  answer: (exchange: LineExchange) => unknown,
  options: Partial<ClientOptions> = {},
): Promise<ConverseStream> {
  const { client } = await connectClient(answer, { retry: 0, ...options });
  return client.converse(prompt);
}

function complete({ response }: LineExchange): void {
  sendStream(response, sampleBytes);
}

/** Sends the beginning, then breaks the connection. */
function cut({ response }: LineExchange): void {
  response.writeHead(200, streamHeaders).write(beginning, () => response.destroy());
}

function failing({ response }: LineExchange): void {
  sendStream(response, Buffer.concat([beginning, toLines([wireError("ModelStreamErrorException", true)])]));
}

function read(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream as never).text();
}

describe("toReadableStream()", () => {
  test("toReadableStream() gives the lines byte for byte as NDJSON", async () => {
    const odd = '{"type":"new","number":12345678901234567890.10,"text":"\\u00e9\\/","a":1,"a":2}\n';
    const bytes = Buffer.concat([beginning, Buffer.from(odd), sampleBytes.subarray(beginning.length)]);
    const stream = await converse(({ response }) => sendStream(response, bytes));
    expect(await read(stream.toReadableStream())).toBe(bytes.toString());
    expect(await stream.result()).toMatchObject({ text, stopReason: "tool_use" });
  });

  test("toReadableStream() gives only the text with the format text", async () => {
    expect(await read((await converse(complete)).toReadableStream({ format: "text" }))).toBe(text);
  });

  test("toReadableStream() gives server-sent events in the service's form", async () => {
    const events = (await read((await converse(complete)).toReadableStream({ format: "sse" }))).split("\n\n");
    expect(events[0]).toBe(
      `id: 7f3c\nretry: 3600000\nevent: start\ndata: ${JSON.stringify(sampleEvents[0])}`,
    );
    expect(events.slice(1, -1)).toEqual(
      sampleEvents.slice(1).map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}`),
    );
    expect(events.at(-1)).toBe("");
  });

  test("toReadableStream() gives no event a name that EventSource reserves, and writes each value in one line", async () => {
    const bytes = Buffer.from(
      '{"type":"start","version":1,"requestId":"r\\nretry: 1","modelId":"m"}\r\n{"type":"open"}\n\n{"type":"failure"}\n',
    );
    const stream = await converse(({ response }) =>
      sendStream(response, Buffer.concat([bytes, toLines([sampleEvents.at(-1)])])),
    );
    const written = await read(stream.toReadableStream({ format: "sse" }));
    expect(written.match(/^event: .*$/gm)).toEqual([
      "event: start",
      "event: bedrock:open",
      "event: bedrock:failure",
      "event: end",
    ]);
    expect(written).toMatch(/^id: rretry: 1\nretry: 3600000\n/);
    expect(written).not.toContain("\r");
  });

  test.each(["ndjson", "sse"] as const)(
    "toReadableStream() ends a failed answer with the service's own error line: %s",
    async (format) => {
      const stream = await converse(failing);
      const written = await read(stream.toReadableStream({ format }));
      const line = JSON.stringify(wireError("ModelStreamErrorException", true));
      expect(written.endsWith(format === "sse" ? `event: failure\ndata: ${line}\n\n` : `${line}\n`)).toBe(
        true,
      );
      await expect(stream.result()).rejects.toMatchObject({ code: "ModelStreamErrorException" });
    },
  );

  test.each(["ndjson", "sse"] as const)(
    "toReadableStream() ends an answer that was cut with an error line that the client writes: %s",
    async (format) => {
      const written = await read((await converse(cut)).toReadableStream({ format }));
      const last = written.trimEnd().split("\n").at(-1)!.replace("data: ", "");
      expect(JSON.parse(last)).toEqual({
        type: "error",
        error: {
          name: "StreamCutError",
          message: expect.stringContaining("Cannot finish the answer: the connection was lost") as string,
          retryable: true,
          requestId: "7f3c",
        },
      });
    },
  );

  test.each([
    ["was cut", cut],
    ["failed", failing],
  ])(
    "toReadableStream() gives the text so far, and then fails, if an answer in the format text %s",
    async (_, answer) => {
      const reader = (await converse(answer)).toReadableStream({ format: "text" }).getReader();
      const first = await reader.read();
      expect(Buffer.from(first.value!).toString()).toBe("Grüße, ");
      await expect(reader.read()).rejects.toMatchObject({ partial: { content: [{}, { text: "Grüße, " }] } });
    },
  );

  test("toReadableStream() throws and toResponse() rejects if something else already reads the answer", async () => {
    const stream = await converse(complete);
    stream.toReadableStream();
    expect(() => stream.toReadableStream()).toThrow(ConfigurationError);
    await expect(stream.toResponse()).rejects.toThrow("Cannot read this answer twice");
  });

  test("toReadableStream() rejects a format that does not exist", async () => {
    const stream = await converse(complete);
    expect(() => stream.toReadableStream({ format: "xml" as never })).toThrow(
      'Cannot write an answer as "xml": there is no such format; use ndjson, sse or text',
    );
    expect(await stream.result()).toMatchObject({ text });
  });

  test("a cancelled stream closes the connection, and the result rejects with the reason as the cause", async () => {
    const { client, leaving } = await connectEndless();
    const stream = client.converse(prompt);
    const reader = stream.toReadableStream().getReader();
    await reader.read();
    const reason = new Error("The browser disconnected");
    await reader.cancel(reason);
    await waitFor("the server to see the connection close", leaving);
    await expect(stream.result()).rejects.toMatchObject({ name: "AbortError", cause: reason });
  });

  test("toReadableStream() makes the service wait for a slow reader", async () => {
    const deltas = toLines(Array.from({ length: 2000 }, () => sampleEvents[7]));
    let written = 0;
    const { client } = await connectClient(async ({ response }) => {
      response.writeHead(200, streamHeaders).write(beginning);
      for (let block = 0; block < 200; block += 1) {
        written += deltas.length;
        if (!response.write(deltas)) await new Promise((resolve) => response.once("drain", resolve));
      }
      response.end(sampleBytes.subarray(beginning.length));
    });
    const reader = client.converse(prompt).toReadableStream().getReader();
    await reader.read();
    // The count stops growing when the buffers of the sockets between the service and the reader are full.
    let before: number;
    do {
      before = written;
      for (let turn = 0; turn < 200; turn += 1) await nextTurn();
    } while (written > before);
    expect(written).toBeLessThan(200 * deltas.length);
    for (let step = await reader.read(); !step.done; step = await reader.read());
    expect(written).toBe(200 * deltas.length);
  });

  test("toReadableStream() gives a stream that Node's Readable.fromWeb() accepts", async () => {
    const stream = await converse(complete);
    const chunks: Buffer[] = [];
    for await (const chunk of Readable.fromWeb(stream.toReadableStream())) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(sampleBytes)).toBe(true);
  });
});

describe("toResponse() on a web server", () => {
  test.each([
    ["ndjson", "application/x-ndjson", sampleBytes.toString()],
    ["sse", "text/event-stream", expect.stringMatching(/^id: 7f3c\n[^]*\nevent: end\ndata: [^\n]*\n\n$/)],
    ["text", "text/plain; charset=utf-8", text],
  ] as const)("toResponse() passes the answer on as %s", async (format, type, body) => {
    const { client } = await connectClient(complete);
    const url = await startPassingServer(() => client.converse(prompt), { format });
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(type);
    expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
    expect(await response.text()).toEqual(body);
  });

  test("toResponse() sends each piece as soon as it arrives", async () => {
    const { client } = await connectEndless();
    const url = await startPassingServer(() => client.converse(prompt), { format: "text" });
    const reader = (await fetch(url)).body!.getReader();
    const { value } = await waitFor("the first piece", reader.read());
    expect(Buffer.from(value!).toString()).toBe("Grüße, ");
    await reader.cancel();
  });

  test("toResponse() closes the connection to the service when the reader disconnects", async () => {
    const { client, leaving } = await connectEndless();
    const url = await startPassingServer(() => client.converse(prompt));
    const reader = (await fetch(url)).body!.getReader();
    await reader.read();
    await reader.cancel();
    await waitFor("the service to see the connection close", leaving);
  });

  test("toResponse() resets the connection if a text is cut, because the text would look complete otherwise", async () => {
    const { client } = await connectClient(cut);
    const url = await startPassingServer(() => client.converse(prompt), { format: "text" });
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
  });

  test("toResponse() replaces the default status and headers with those in the options", async () => {
    const { client } = await connectClient(complete);
    const headers = { "Cache-Control": "private", "x-mine": "1" };
    const url = await startPassingServer(() => client.converse(prompt), { status: 201, headers });
    const response = await fetch(url);
    expect(response.status).toBe(201);
    expect(response.headers.get("cache-control")).toBe("private");
    expect(response.headers.get("x-mine")).toBe("1");
    expect(await response.text()).toBe(sampleBytes.toString());
  });

  test.each<[string, (exchange: LineExchange) => unknown, number, object]>([
    [
      "the service's rejection",
      ({ response }) => sendJson(response, 403, wireError("ModelNotAllowed", false)),
      403,
      { name: "ModelNotAllowed", retryable: false, requestId: "request-1" },
    ],
    [
      "a busy service",
      ({ response }) =>
        sendJson(response, 429, wireError("ThrottlingException", true), { "retry-after": "7" }),
      429,
      { name: "ThrottlingException", retryable: true },
    ],
    [
      "a model failure",
      ({ response }) => sendJson(response, 424, wireError("ModelErrorException", false)),
      424,
      { name: "ModelErrorException" },
    ],
    [
      "credentials that AWS rejects",
      ({ response }) =>
        sendJson(response, 403, { Message: "SECRET" }, { "x-amzn-errortype": "AccessDeniedException" }),
      500,
      { name: "InternalError", message: "Cannot answer: this server cannot call the service" },
    ],
    [
      "a wrong URL",
      ({ response }) => response.writeHead(200, { "content-type": "text/html" }).end("SECRET"),
      500,
      { name: "InternalError" },
    ],
    [
      "a connection that breaks before the first line",
      ({ response }) => response.writeHead(200, streamHeaders).write("", () => response.destroy()),
      502,
      { name: "StreamCutError", retryable: true },
    ],
    [
      "an error in place of the first line",
      ({ response }) => sendStream(response, toLines([wireError("StreamTruncated", true)])),
      502,
      { name: "StreamTruncated", message: "Because of StreamTruncated" },
    ],
  ])(
    "toResponse() turns %s into an error response that reveals no secret",
    async (_, answer, status, error) => {
      const { client } = await connectClient(answer, { retry: 0 });
      for (const format of ["ndjson", "sse", "text"] as const) {
        const url = await startPassingServer(() => client.converse(prompt), { format });
        const response = await fetch(url);
        expect(response.status, format).toBe(status);
        expect(response.headers.get("content-type")).toBe("application/json");
        expect(response.headers.get("retry-after")).toBe(status === 429 ? "7" : null);
        const body = await response.text();
        expect(JSON.parse(body)).toMatchObject({ type: "error", error });
        expect(body).not.toContain("SECRET");
      }
    },
  );

  test("toResponse() reports that the service cannot be reached, without naming the service's host", async () => {
    const { client, service } = await connectClient(complete, { retry: 0 });
    await service.close();
    const response = await client.converse(prompt).toResponse();
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject({ error: { name: "UpstreamUnreachable", retryable: true } });
    expect(body).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/);
  });

  test.each([
    ["503 for an answer that the program aborts", () => AbortSignal.abort(), 503, "AbortError"],
    ["504 for a time limit that passes", () => AbortSignal.timeout(1), 504, "TimeoutError"],
  ])("toResponse() sends %s", async (_, makeSignal, status, name) => {
    const { client } = await connectClient(() => undefined);
    const url = await startPassingServer(() => client.converse(prompt, { signal: makeSignal() }));
    const response = await fetch(url);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { name } });
  });

  test("toResponse() sends an empty body for an answer without text", async () => {
    const lines = toLines([sampleEvents[0], sampleEvents.at(-1)]);
    const stream = await converse(({ response }) => sendStream(response, lines));
    const response = await stream.toResponse({ format: "text" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });
});
