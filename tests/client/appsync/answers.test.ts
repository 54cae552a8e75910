// Tests the client over AppSync against the local stack: the same answers and the same errors as over a Function URL.
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { WebSocket } from "undici";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { createAppSyncClient, type AppSyncClientOptions } from "../../../lib/client/appsync/index.ts";
import { createAppSyncClient as createWebClient } from "../../../lib/client/appsync/web.ts";
import { createClient } from "../../../lib/client/index.ts";
import type { AppSyncReport } from "../../../lib/local/appsync/index.ts";
import { waitFor } from "../../support/deadline.ts";
import { caller, startTestStack, type TestStack } from "../../support/servers/local-stack.ts";

const iam = { credentials: caller, region: "us-east-1" };
const key = { apiKey: "da2-local" };

let stack: TestStack;
const reports: AppSyncReport[] = [];
beforeAll(async () => {
  stack = await startTestStack({ appSync: { onReport: (report) => reports.push(report) } });
});
afterAll(() => stack.close());
afterEach(() => vi.unstubAllGlobals());

function connect(options: Partial<AppSyncClientOptions> = key, create = createAppSyncClient) {
  const client = create({ url: stack.appSyncUrl, retry: 0, ...options });
  onTestFinished(() => client.close());
  return client;
}

describe("an answer", () => {
  test.each([
    ["an API key", key, createAppSyncClient],
    ["credentials", iam, createAppSyncClient],
    ["an API key, in the web entry,", key, createWebClient],
    ["credentials, in the web entry,", iam, createWebClient],
  ])(
    "an answer for a caller with %s has the same text, usage and stop reason as over a Function URL",
    async (_, options, create) => {
      vi.stubGlobal("WebSocket", WebSocket);
      const request = { prompt: "A story about rain", modelId: "local.story" };
      const expected = await createClient({ url: stack.url, ...iam })
        .converse(request)
        .result();
      const { text, usage, stopReason } = await connect(options, create).converse(request).result();
      expect({ text, usage, stopReason }).toEqual({
        text: expected.text,
        usage: expected.usage,
        stopReason: expected.stopReason,
      });
    },
  );

  test("an answer begins before the model is done, and keeps every character", async () => {
    const client = connect();
    const prompt = 'a "b"\\\n\t\u{1F600} \u0007 ';
    expect((await client.converse({ prompt, modelId: "local.echo" }).result()).text).toBe(prompt);
    const texts: string[] = [];
    for await (const text of client.converse({ prompt: "A story about rain" }).textStream()) texts.push(text);
    expect(texts.length).toBeGreaterThan(50);
  });

  test("an answer with many deltas arrives complete while other answers use the same connection", async () => {
    const client = connect();
    const before = reports.length;
    const prompts = ["1000", "2000", "3000"];
    const answers = prompts.map((prompt) => client.converse({ prompt, modelId: "local.flood" }));
    const counts = await Promise.all(
      answers.map(async (answer) => {
        let count = 0;
        for await (const _ of answer.textStream()) count++;
        return count;
      }),
    );
    expect(counts).toEqual([1000, 2000, 3000]);
    expect(reports.slice(before).filter(({ event }) => event === "opened")).toHaveLength(1);
  });
});

describe("an error", () => {
  test.each([
    ["an empty prompt", { prompt: "" }, "RequestError", /"prompt"/],
    ["an unknown model", { prompt: "x", modelId: "local.unknown-model" }, "RequestError", /model/],
    ["a prompt that is too long", { prompt: "x".repeat(240_000) }, "RequestError", /characters/],
    ["throttling", { prompt: "x", modelId: "local.throttled" }, "RetryLaterError", /Throttling/],
    [
      "a failure in mid-stream",
      { prompt: "x", modelId: "local.mid-internal" },
      "StreamFailedError",
      /nternal/,
    ],
    ["a stream that is cut", { prompt: "x", modelId: "local.cut" }, "StreamFailedError", /./],
  ])("the error for %s has the same class as over a Function URL", async (_, request, name, words) => {
    const failed = connect().converse(request).result();
    await expect(waitFor("the error", failed)).rejects.toMatchObject({
      name,
      message: expect.stringMatching(words),
    });
  });

  test.each([
    ["a wrong key", { apiKey: "da2-other" }],
    ["a wrong secret", { ...iam, credentials: { accessKeyId: "local", secretAccessKey: "x" } }],
    ["another Region", { ...iam, region: "eu-west-1" }],
  ])("the error for a caller with %s says what to check, and quotes no secret", async (_, options) => {
    const error = await connect({ ...options, retry: 2 })
      .converse({ prompt: "x" })
      .result()
      .catch((thrown) => thrown);
    expect(error).toMatchObject({
      name: "AuthorizationError",
      message: expect.stringContaining("appsync:GraphQL"),
    });
    expect(error.message).not.toMatch(/da2-other|secret/);
  });

  test("the error for a rejected handshake has the status of the response", async () => {
    const client = connect({ ...key, url: stack.appSyncUrl.replace("/graphql", "/other") });
    await expect(client.converse({ prompt: "x" }).result()).rejects.toMatchObject({
      name: "AuthorizationError",
      status: 403,
    });
  });

  test("an address where no server listens causes a retry, and then an error", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    const client = connect({
      ...key,
      url: `http://127.0.0.1:${port}/graphql`,
      retry: { limit: 1, baseDelay: 1 },
    });
    await expect(client.converse({ prompt: "x" }).result()).rejects.toMatchObject({
      name: "RetryLaterError",
    });
  });
});

describe("an option", () => {
  test.each<[Partial<AppSyncClientOptions>, RegExp]>([
    [{}, /neither is set/],
    [{ ...key, ...iam }, /both are set/],
    [{ apiKey: "" }, /apiKey: it is empty/],
    [{ apiKey: "da2 x" }, /contains a character that no API key has/],
    [{ credentials: caller }, /set the option "region"/],
    [{ ...key, url: "http://example.com/graphql" }, /use https/],
    [{ ...key, keepOpen: 0 }, /keepOpen/],
    [{ ...key, idleTimeout: -1 }, /idleTimeout/],
  ])("createAppSyncClient() refuses the options %j at once", (options, words) => {
    const url = stack.appSyncUrl;
    expect(() => createAppSyncClient({ url, ...options })).toThrow(words);
  });

  test("the option region is not needed if the URL has an AppSync host", () => {
    const url = "https://abcdefghijklmnopqrstuvwxyz.appsync-api.eu-west-1.amazonaws.com/graphql";
    createAppSyncClient({ url, credentials: caller }).close();
  });
});
