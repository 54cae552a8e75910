// Retries: which errors cause one, and after which delay.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { createClient } from "../../lib/client/index.ts";
import { delayBeforeRetry } from "../../lib/client/retry.ts";
import { sendJson, sendStream, wireError } from "../support/servers/line-service.ts";
import { tryRequest } from "../support/callers/one-request.ts";
import { sampleBytes, toLines } from "../support/frames/sample-stream.ts";

describe("a retry", () => {
  const throttled = wireError("ThrottlingException", true);

  test("a retry succeeds when the service accepts the request, and no further retry follows", async () => {
    const { error, attempts } = await tryRequest(({ response, index }) =>
      index < 2 ? sendJson(response, 429, throttled) : sendStream(response, sampleBytes),
    );
    expect(error).toMatchObject({ stopReason: "tool_use" });
    expect(attempts).toBe(3);
  });

  test("a retry waits for the time in retry-after", async () => {
    const times: number[] = [];
    await tryRequest(
      ({ response }) => {
        times.push(performance.now());
        sendJson(response, 429, throttled, { "retry-after": "1" });
      },
      { retry: { limit: 1, baseDelay: 1 } },
    );
    expect(times[1]! - times[0]!).toBeGreaterThan(990);
  });

  test("a retry comes after the time in retry-after, but never later than maxDelay", () => {
    const policy = { limit: 2, baseDelay: 500, maxDelay: 20_000 };
    const delays = Array.from({ length: 200 }, () => delayBeforeRetry(policy, 19_000, 10_000));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(19_000);
    expect(Math.max(...delays)).toBe(20_000);
  });

  test("a retry is not made when retry-after is longer than maxDelay", async () => {
    const { error, attempts } = await tryRequest(({ response }) =>
      sendJson(response, 429, throttled, { "retry-after": "60" }),
    );
    expect(error).toMatchObject({ name: "RetryLaterError", retryAfterMs: 60_000 });
    expect(attempts).toBe(1);
  });

  test("a retry is not made if the limit is 0", async () => {
    const { attempts } = await tryRequest(({ response }) => sendJson(response, 429, throttled), {
      retry: { limit: 0 },
    });
    expect(attempts).toBe(1);
  });

  test("a retry is not made for an error in the stream's first line, even if the error is retryable", async () => {
    const { error, attempts } = await tryRequest(({ response }) =>
      sendStream(response, toLines([throttled])),
    );
    expect(error).toMatchObject({ name: "StreamFailedError", code: "ThrottlingException", retryable: true });
    expect(attempts).toBe(1);
  });

  test("a retry is not made when the connection was reset after the request was sent", async () => {
    const { error, attempts } = await tryRequest(({ request }) => request.socket.resetAndDestroy());
    expect(error).toMatchObject({ name: "StreamCutError", partial: { role: "assistant", content: [] } });
    expect(attempts).toBe(1);
  });

  test("a retry is made when the connection is refused", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    let calls = 0;
    const credentials = async () => ((calls += 1), { accessKeyId: "local", secretAccessKey: "local" });
    const options = {
      url: `http://127.0.0.1:${port}/`,
      credentials,
      region: "eu-west-1",
      retry: { baseDelay: 1 },
    };
    const stream = createClient(options).converse({ prompt: "hi" });
    await expect(stream.result()).rejects.toMatchObject({ name: "RetryLaterError", code: "ECONNREFUSED" });
    // The provider is called before each attempt.
    expect(calls).toBe(3);
  });
});
