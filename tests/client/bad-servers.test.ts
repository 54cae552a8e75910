// Responses of hostile servers: the client limits the delays, lengths and characters in them.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createClient } from "../../lib/client/index.ts";
import { connectClient } from "../support/callers/connected-client.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { sendJson, sendStream, streamHeaders, wireError } from "../support/servers/line-service.ts";
import { tryRequest } from "../support/callers/one-request.ts";
import { sampleEvents, toLines } from "../support/frames/sample-stream.ts";

const longestTimer = 2 ** 31 - 1;

describe("retry-after", () => {
  test.each(["9007199254740993", "9".repeat(400), "Fri, 31 Dec 9999 23:59:59 GMT"])(
    "the retry-after %s is reduced to the longest delay that a timer can have, and prevents a retry",
    async (header) => {
      const { error, attempts } = await tryRequest(({ response }) =>
        sendJson(response, 503, wireError("ServiceUnavailableException", true), { "retry-after": header }),
      );
      expect(error).toMatchObject({ name: "RetryLaterError", retryAfterMs: longestTimer });
      expect(attempts).toBe(1);
    },
  );

  test("the random part of a retry delay does not make the longest possible delay overflow its timer", async () => {
    const { client, service } = await connectClient(
      ({ response }) => sendJson(response, 503, wireError("X", true), { "retry-after": "99999999999" }),
      { retry: { baseDelay: longestTimer, maxDelay: longestTimer } },
    );
    const controller = new AbortController();
    const failed = client.converse({ prompt: "hi" }, { signal: controller.signal }).result().catch(String);
    // A timer that overflows fires at once, so a second attempt made by mistake would come within this time.
    await sleep(scaled(300));
    expect(service.counts.requests).toBe(1);
    controller.abort();
    await waitFor("the end of the request", failed);
  });
});

describe("an error response that arrives byte by byte", () => {
  test.each([
    [400, "ConfigurationError"],
    [503, "RetryLaterError"],
  ])(
    "an error response with status %i is abandoned after a timeout, and its connection is closed",
    async (status, name) => {
      let onClose: () => void;
      const closed = new Promise<void>((resolve) => (onClose = resolve));
      const { client } = await connectClient(
        ({ response }) => {
          response.writeHead(status, { "content-type": "application/json" });
          const timer = setInterval(() => response.write(" "), 20);
          response.on("close", () => (clearInterval(timer), onClose()));
        },
        { firstByteTimeout: scaled(300), idleTimeout: 60_000, retry: { limit: 0 } },
      );
      const result = client.converse({ prompt: "hi" }).result();
      await expect(waitFor("the error", result)).rejects.toMatchObject({ name });
      await waitFor("the connection to close", closed);
    },
  );

  test("an error response that never ends is abandoned when the caller's signal aborts", async () => {
    const { client } = await connectClient(({ response }) => {
      response.writeHead(400);
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(timer));
    });
    const signal = AbortSignal.timeout(50);
    const result = client.converse({ prompt: "hi" }, { signal }).result();
    await expect(waitFor("the error", result)).rejects.toMatchObject({ name: "TimeoutError" });
  });
});

describe("text from a server", () => {
  const bad = "a\u001b[31mb\u009bc\u0007d\u202ee\u2066f\u2028g\r\nh\ti\u0000\u007f\ud800";
  const shown = "a\uFFFD[31mb\uFFFDc\uFFFDd\uFFFDe\uFFFDf g h i\uFFFD\uFFFD\uFFFD";
  const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
  const error = { name: bad, message: bad, retryable: false, requestId: bad };

  function expectSafe(caught: unknown): void {
    const { message, code, requestId } = caught as { message: string; code: string; requestId: string };
    for (const text of [message, code, requestId]) expect(text ?? "").not.toMatch(unsafe);
  }

  test("errors that the service sends contain no control characters, in the stream or before it", async () => {
    const start = sampleEvents[0];
    for (const send of [
      (response: Parameters<typeof sendJson>[0]) =>
        sendStream(response, toLines([start, { type: "error", error }])),
      (response: Parameters<typeof sendJson>[0]) => sendJson(response, 400, { type: "error", error }),
    ]) {
      const outcome = await tryRequest(({ response }) => send(response));
      expectSafe(outcome.error);
      expect(outcome.error).toMatchObject({ code: shown, requestId: shown });
      expect(outcome.error.message).toMatch(/^The (stream failed|service rejected the request) with a/);
      expect(outcome.error.message.endsWith(shown)).toBe(true);
    }
  });

  test("errors that AWS or a proxy sends contain no control characters", async () => {
    const headers = {
      "x-amzn-errortype": "Odd\u009bName",
      "x-amzn-requestid": "r\u0085",
      "content-type": "text/\u009bplain",
    };
    for (const status of [200, 400, 403, 404, 429, 500]) {
      const { error: caught } = await tryRequest(({ response }) => {
        response.writeHead(status, headers).end(JSON.stringify({ message: bad }));
      });
      expectSafe(caught);
    }
    const redirected = await tryRequest(({ response }) =>
      response.writeHead(302, { location: "https://a\u009b/" }).end(),
    );
    expectSafe(redirected.error);
    expect(redirected.error.message).toContain("https://a");
  });

  test("an error contains no control characters of a server's version or of a tool's name", async () => {
    const version = await tryRequest(({ response }) =>
      sendStream(response, toLines([{ type: "start", version: "\u009b\u202e" }])),
    );
    expectSafe(version.error);
    const end = { type: "end", stopReason: bad, timing: { totalMs: 1 } };
    const tool = { toolUse: { toolUseId: "t", name: bad, input: "{" } };
    const start = { type: "contentBlockStart", contentBlockIndex: 0, start: tool };
    const named = await tryRequest(({ response }) =>
      sendStream(response, toLines([sampleEvents[0], start, end])),
    );
    expectSafe(named.error);
    expect(named.error).toMatchObject({ code: "ToolInputInvalid" });
  });

  test("the error for a failed credentials provider has the provider's error as its cause, without control characters", async () => {
    const cause = new Error(bad);
    const credentials = () => Promise.reject(cause);
    const client = createClient({ url: "http://127.0.0.1:9/", region: "eu-west-1", credentials });
    const caught: unknown = await client
      .converse({ prompt: "hi" })
      .result()
      .catch((reason: unknown) => reason);
    expectSafe(caught);
    expect(caught).toMatchObject({ name: "AuthorizationError", cause });
  });

  test("long texts from a server are shortened", async () => {
    const long = {
      name: "N".repeat(20_000),
      message: "m".repeat(20_000),
      retryable: false,
      requestId: "r".repeat(999),
    };
    for (const send of [
      (response: Parameters<typeof sendJson>[0]) =>
        response.writeHead(200, streamHeaders).end(toLines([{ type: "error", error: long }])),
      (response: Parameters<typeof sendJson>[0]) => sendJson(response, 400, { type: "error", error: long }),
    ]) {
      const { error: caught } = await tryRequest(({ response }) => send(response));
      const { message, code, requestId } = caught as Error & { code: string; requestId: string };
      expect(message.length).toBeLessThan(1300);
      expect([code.length, requestId.length]).toEqual([201, 201]);
    }
  });
});
