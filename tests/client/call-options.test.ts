// The options of one call: each replaces the client's option for that call only.
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../lib/client/index.ts";
import { connectClient, connectEndless } from "../support/callers/connected-client.ts";
import { scaled, waitFor } from "../support/deadline.ts";
import { sendJson, wireError } from "../support/servers/line-service.ts";

const prompt = { prompt: "hi" };

describe("a call's own option", () => {
  test.each([
    ["a number", 3, 4],
    ["0, which turns retries off", 0, 1],
    ["an object with a limit", { limit: 2 }, 3],
    ["an object without a limit, so that the client's limit applies", { maxDelay: 10 }, 2],
    ["undefined, so that the client's option applies", undefined, 2],
  ])("a call's retry option can be %s", async (_, retry, attempts) => {
    const { client, service } = await connectClient(
      ({ response }) => sendJson(response, 429, wireError("ThrottlingException", true)),
      { retry: { limit: 1, baseDelay: 1 } },
    );
    await expect(client.converse(prompt, { retry }).result()).rejects.toMatchObject({
      name: "RetryLaterError",
      status: 429,
    });
    expect(service.counts.requests).toBe(attempts);
    await expect(client.converse(prompt).result()).rejects.toThrow("ThrottlingException");
    expect(service.counts.requests).toBe(attempts + 2);
  });

  test("a call's idleTimeout can be shorter than the client's", async () => {
    const { client } = await connectEndless();
    const result = client.converse(prompt, { idleTimeout: scaled(500) }).result();
    await expect(waitFor("the idle timeout", result)).rejects.toThrow("longer than idleTimeout");
  });

  test("a call's firstByteTimeout can be shorter than the client's", async () => {
    const { client } = await connectClient(() => undefined);
    const result = client.converse(prompt, { firstByteTimeout: scaled(500) }).result();
    await expect(waitFor("the first byte's timeout", result)).rejects.toThrow("longer than firstByteTimeout");
  });

  test.each([
    ["idleTimeout", { idleTimeout: 0 }],
    ["firstByteTimeout", { firstByteTimeout: 0.5 }],
    ["retry.limit", { retry: -1 }],
    ["retry", { retry: true as never }],
  ])("a call's option %s is checked before anything is sent", async (name, options) => {
    const { client, service } = await connectEndless();
    expect(() => client.converse(prompt, options)).toThrow(ConfigurationError);
    expect(() => client.converse(prompt, options)).toThrow(`Cannot use the option ${name}`);
    expect(service.counts.requests).toBe(0);
  });
});
