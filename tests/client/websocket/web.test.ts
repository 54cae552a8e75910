// Tests the entry for runtimes that have their own WebSocket. The tests use undici's WebSocket, which follows the same standard.
import { WebSocket as StandardWebSocket } from "undici";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createWebSocketClient } from "../../../lib/client/websocket/web.ts";
import { end, start, startScriptedWebSocket, text } from "../../support/servers/scripted-websocket.ts";

const options = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local", sessionToken: "token" },
  retry: 0,
};
afterEach(() => vi.unstubAllGlobals());

describe("the web entry", () => {
  test("the web entry connects with the runtime's own WebSocket and a signed URL", async () => {
    vi.stubGlobal("WebSocket", StandardWebSocket);
    const { url, handshakes } = await startScriptedWebSocket(({ prompt = "" }, { push }) =>
      push({ seq: 0, lines: [start, text(prompt), end] }),
    );
    await using client = createWebSocketClient({ ...options, url });
    expect((await client.converse({ prompt: "Grüße" }).result()).text).toBe("Grüße");
    expect(handshakes[0]?.get("X-Amz-Security-Token")).toBe("token");
    expect(handshakes[0]?.get("X-Amz-Signature")).toMatch(/^[0-9a-f]{64}$/);
  });

  test("the web entry reports a failed handshake without the reason, which the runtime hides, and without the URL", async () => {
    vi.stubGlobal("WebSocket", StandardWebSocket);
    const client = createWebSocketClient({ ...options, url: "ws://127.0.0.1:45999/v1" });
    const failed = client.converse({ prompt: "x" }).result();
    await expect(failed).rejects.toMatchObject({ name: "RetryLaterError", code: "WebSocketFailed" });
    await expect(failed).rejects.not.toThrow(/X-Amz/);
  });

  test("the web entry needs a WebSocket, and rejects a dispatcher", async () => {
    vi.stubGlobal("WebSocket", undefined);
    const client = createWebSocketClient({ ...options, url: "ws://127.0.0.1:45999/v1" });
    await expect(client.converse({ prompt: "x" }).result()).rejects.toMatchObject({
      name: "ConfigurationError",
      message: expect.stringMatching(/no WebSocket/),
    });
    const dispatcher = { dispatch: () => true };
    const make = () => createWebSocketClient({ ...options, url: "ws://127.0.0.1:1/v1", dispatcher });
    expect(make).toThrow(/dispatcher/);
  });
});
