// Tests that a Hono server can pass an answer on to its reader, although Hono's server for Node replaces the global `Request`
// and `Response`.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { withResolvers } from "../../lib/shared/with-resolvers.ts";
import type { Client, ResponseOptions } from "../../lib/client/index.ts";
import { beginning, connectClient, connectEndless } from "../support/callers/connected-client.ts";
import { waitFor } from "../support/deadline.ts";
import { sampleBytes } from "../support/frames/sample-stream.ts";
import { sendJson, sendStream, streamHeaders, wireError } from "../support/servers/line-service.ts";
import { runtimesFolder } from "./runtimes.ts";

const isInstalled = existsSync(join(runtimesFolder, "node_modules/hono"));
const title = isInstalled ? "a Hono server" : "a Hono server, which is not installed here,";

/** Starts a Hono server that passes the client's answers on with the code from the client's README. Resolves with its URL. */
async function serve(client: Client, options?: ResponseOptions): Promise<string> {
  const { startHono } = await import("./hono-server.js");
  const server = await startHono((request) =>
    client.converse({ prompt: "hi" }, { signal: request.signal }).toResponse(options),
  );
  onTestFinished(server.close);
  return server.url;
}

describe.skipIf(!isInstalled)(title, () => {
  test.each([
    ["ndjson", "application/x-ndjson", sampleBytes.toString()],
    ["sse", "text/event-stream", expect.stringMatching(/^id: 7f3c\n[^]*\nevent: end\ndata: [^\n]*\n\n$/)],
    ["text", "text/plain; charset=utf-8", "Grüße, 世界 😀\n"],
  ] as const)("a Hono server passes an answer on as %s", async (format, type, body) => {
    const { client } = await connectClient(({ response }) => sendStream(response, sampleBytes));
    const response = await fetch(await serve(client, { format }));
    expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
    expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
    expect(await response.text()).toEqual(body);
  });

  test("a Hono server sends each piece as soon as it arrives, and aborts the answer when the reader disconnects", async () => {
    const { client, leaving } = await connectEndless();
    const response = await fetch(await serve(client, { format: "text" }));
    const reader = response.body!.getReader();
    const { value } = await waitFor("the first piece", reader.read());
    expect(Buffer.from(value!).toString()).toBe("Grüße, ");
    await reader.cancel();
    await waitFor("the service to see the connection close", leaving);
  });

  test("a Hono server aborts its request when the reader disconnects before the answer has begun", async () => {
    const arriving = withResolvers<void>();
    const leaving = withResolvers<void>();
    const { client } = await connectClient(({ response }) => {
      response.on("close", leaving.resolve);
      arriving.resolve();
    });
    const reader = new AbortController();
    const response = fetch(await serve(client), { signal: reader.signal });
    await waitFor("the request to arrive", arriving.promise);
    reader.abort();
    await expect(response).rejects.toThrow();
    await waitFor("the service to see the connection close", leaving.promise);
  });

  test("a Hono server breaks the connection if the answer is cut off, so that the text does not look complete", async () => {
    const { client } = await connectClient(({ response }) => {
      response.writeHead(200, streamHeaders).write(beginning, () => response.destroy());
    });
    const response = await fetch(await serve(client, { format: "text" }));
    await expect(response.text()).rejects.toThrow();
  });

  test.each([
    [403, "ModelNotAllowed", null],
    [429, "ThrottlingException", "7"],
  ])(
    "a Hono server passes on the service's status %i and the error as JSON",
    async (status, name, retryAfter) => {
      const { client } = await connectClient(
        ({ response }) => sendJson(response, status, wireError(name, status === 429), { "retry-after": "7" }),
        { retry: 0 },
      );
      const response = await fetch(await serve(client));
      expect([response.status, response.headers.get("retry-after")]).toEqual([status, retryAfter]);
      expect(await response.json()).toMatchObject({ type: "error", error: { name } });
    },
  );
});
