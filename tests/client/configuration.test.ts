// Options, requests and responses that cannot work: each fails as early as possible, with an error that says what to do.
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { Agent } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  AuthorizationError,
  type ClientOptions,
  ConfigurationError,
  createClient,
} from "../../lib/client/index.ts";
import { connectClient } from "../support/callers/connected-client.ts";
import { sendStream } from "../support/servers/line-service.ts";
import { sampleBytes } from "../support/frames/sample-stream.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const url = "https://abc123.lambda-url.eu-west-1.on.aws/";

describe("createClient()", () => {
  test.each([
    ["a URL that is not absolute", { url: "abc123.lambda-url" }, "absolute"],
    ["plain http to another machine", { url: "http://10.0.0.1/" }, "use https"],
    ["a host without a Region", { url: "https://example.com/" }, '"region"'],
    ["a Region that the host contradicts", { region: "us-east-1" }, 'names "eu-west-1"'],
    ["no credentials", { credentials: undefined }, "without credentials"],
    ["empty credentials", { credentials: { ...credentials, secretAccessKey: "" } }, "secretAccessKey"],
    ["an idleTimeout of 0", { idleTimeout: 0 }, "idleTimeout"],
    ["a firstByteTimeout that is too long for a timer", { firstByteTimeout: 2 ** 31 }, "firstByteTimeout"],
    ["an infinite maxLineLength", { maxLineLength: Infinity }, "maxLineLength"],
    ["a negative retry limit", { retry: { limit: -1 } }, "retry.limit"],
    ["a fractional retry delay", { retry: { baseDelay: 0.5 } }, "retry.baseDelay"],
    ["a fractional number of retries", { retry: 0.5 }, "retry.limit"],
    ["a retry option of another type", { retry: false }, "set the number of retries"],
  ])("createClient() throws for %s", (_, options, reason) => {
    const create = () => createClient({ url, credentials, ...options } as ClientOptions);
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(reason);
  });
});

describe("client.converse()", () => {
  test.each([
    ["a string", "hi"],
    ["undefined", undefined],
    ["an object with a bigint", { maxTokens: 1n }],
  ])("client.converse() throws for %s as the request", (_, request) => {
    const client = createClient({ url, credentials });
    expect(() => client.converse(request as never)).toThrow(ConfigurationError);
  });

  test("result() rejects with an AuthorizationError if the credentials provider fails", async () => {
    const cause = new Error("Token is expired");
    const client = createClient({ url, credentials: () => Promise.reject(cause) });
    const error: unknown = await client
      .converse({ prompt: "hi" })
      .result()
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AuthorizationError);
    expect(error).toMatchObject({ cause, message: "Cannot get AWS credentials: Token is expired" });
  });

  test.each([
    ["the response is not HTTP", "http", "the response is not HTTP"],
    ["the server does not speak TLS", "https", "the TLS handshake failed"],
  ])("the error for an unusable server says that %s", async (_, protocol, found) => {
    const { port } = await listen((socket) => socket.on("data", () => socket.end("SSH-2.0-OpenSSH\r\n")));
    const client = createClient({
      url: `${protocol}://127.0.0.1:${port}/`,
      credentials,
      region: "eu-west-1",
    });
    const error: unknown = await client
      .converse({ prompt: "hi" })
      .result()
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain(found);
  });

  test("a client uses the given dispatcher, and result() rejects if the dispatcher is closed", async () => {
    const dispatcher = new Agent();
    const { client } = await connectClient(({ response }) => sendStream(response, sampleBytes), {
      dispatcher,
    });
    expect(await client.converse({ prompt: "hi" }).result()).toMatchObject({ stopReason: "tool_use" });
    await dispatcher.close();
    await expect(client.converse({ prompt: "hi" }).result()).rejects.toThrow("the dispatcher is closed");
  });

  test("the result's error names the tool whose input was cut, although the loop ends without an error", async () => {
    const cut = sampleBytes.toString().replace('ln\\"}', "");
    const { client } = await connectClient(({ response }) => sendStream(response, Buffer.from(cut)));
    const stream = client.converse({ prompt: "hi" });
    for await (const event of stream) expect(event).toHaveProperty("type");
    await expect(stream.result()).rejects.toMatchObject({
      name: "StreamFailedError",
      code: "ToolInputInvalid",
      message: expect.stringContaining("weather"),
      retryable: false,
      partial: { content: [{}, {}, { toolUse: { name: "weather", input: '{"city":"Kö' } }] },
    });
  });

  test.each([
    ["a line that is not JSON", "nonsense SECRET\n", "StreamCorrupt", true],
    ["an error line without an error", '{"type":"error","error":"SECRET"}\n', "StreamCorrupt", true],
    ["a line that is too long", `"SECRET${"x".repeat(2000)}`, "LineTooLong", false],
  ])("an answer fails at %s, and the error does not quote it", async (_, bad, code, retryable) => {
    const bytes = Buffer.concat([sampleBytes.subarray(0, sampleBytes.indexOf("\n") + 1), Buffer.from(bad)]);
    const { client } = await connectClient(({ response }) => sendStream(response, bytes), {
      maxLineLength: 1000,
    });
    const error: unknown = await client
      .converse({ prompt: "hi" })
      .result()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "StreamFailedError", code, retryable, requestId: "7f3c" });
    expect((error as Error).message).not.toContain("SECRET");
  });
});

async function listen(onConnection: (socket: Socket) => void): Promise<AddressInfo> {
  const server = createServer((socket) => onConnection(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return server.address() as AddressInfo;
}
