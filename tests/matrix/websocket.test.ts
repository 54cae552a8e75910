// Tests answers over the WebSocket API that end early because of the connection, the function or Bedrock.
import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import type { StackOptions } from "../../lib/local/stack.ts";
import { generousSeconds, scaled, scaledSeconds, waitFor } from "../support/deadline.ts";
import { openWebSocket, type WebSocketCaller } from "../support/callers/websocket-caller.ts";
import { killEnvironments } from "../support/matrix/kill-environments.ts";
import { unendedModels as models } from "../support/matrix/unended-models.ts";
import { recordsOf, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

interface Started {
  stack: TestStack;
  caller: WebSocketCaller;
}

async function start(options: Partial<StackOptions> = {}): Promise<Started> {
  const bedrock = { kind: "local" as const, options: { models } };
  const stack = await startTestStack({ bedrock, ...options });
  onTestFinished(() => stack.close());
  return { stack, caller: await openWebSocket(stack) };
}

/**
 * Expects that the call to Bedrock ends, and that the next question is answered. If `outcome` is given, the log must have one
 * record of the answer, otherwise none.
 */
async function expectAftermath({ stack }: Started, requestId: string, outcome?: string): Promise<void> {
  await waitFor("the end of all calls to Bedrock", stack.bedrock!.idle());
  if (outcome !== undefined) expect(await stack.record(requestId)).toMatchObject({ outcome });
  const next = await openWebSocket(stack);
  const { lines } = await next.ask({ prompt: "next", modelId: "local.echo" });
  expect(lines.at(-1)).toMatchObject({ type: "end" });
  expect(recordsOf(stack.log, requestId)).toHaveLength(outcome === undefined ? 0 : 1);
}

describe("an answer over a WebSocket", () => {
  test("the call to Bedrock ends soon after the caller has disconnected in mid-stream", async () => {
    const started = await start();
    const { stack, caller } = started;
    caller.send({ prompt: "x", modelId: "endless" });
    const { requestId } = await caller.next();
    caller.webSocket.terminate();
    await expectAftermath(started, requestId, "CallerGone");
    expect(stack.bedrock!.statistics).toMatchObject({ aborted: 1 });
  });

  test("an answer ends at the next ping if the caller disconnects in a stall", async () => {
    const started = await start({ variables: { DELTAPIPE_PING_SECONDS: "1" } });
    const { caller } = started;
    caller.send({ prompt: "x", modelId: "stalled" });
    const { requestId } = await caller.next();
    caller.webSocket.close();
    await expectAftermath(started, requestId, "CallerGone");
  });

  test("an answer ends with DeadlineExceeded when only the configured margin is left before Lambda's timeout", async () => {
    const margin = scaledSeconds(3);
    const started = await start({
      webSocket: { settings: { timeoutSeconds: 2 * margin } },
      variables: {
        DELTAPIPE_DEADLINE_MARGIN_SECONDS: String(margin),
        DELTAPIPE_PING_SECONDS: String(generousSeconds),
      },
    });
    const { lines, messages } = await started.caller.ask({ prompt: "x", modelId: "endless" });
    expect(lines[0]).toMatchObject({ type: "start" });
    expect(lines.at(-1)).toMatchObject({ type: "error", error: { name: "DeadlineExceeded" } });
    await expectAftermath(started, messages[0]!.requestId, "DeadlineExceeded");
  });

  test("an answer ends with StreamTruncated when Bedrock's connection breaks", async () => {
    const started = await start();
    const { lines, messages } = await started.caller.ask({ prompt: "x", modelId: "cut" });
    expect(lines.at(-1)).toMatchObject({ type: "error", error: { name: "StreamTruncated" } });
    await expectAftermath(started, messages[0]!.requestId, "StreamTruncated");
  });

  test("an answer whose execution environment is killed has no last line, and the connection takes the next question", async () => {
    const started = await start({ concurrency: 2 });
    const { stack, caller } = started;
    caller.send({ prompt: "x", modelId: "endless" });
    const { requestId } = await caller.next();
    await killEnvironments(stack.webSocketLambda);
    await waitFor("the end of all calls to Bedrock", stack.bedrock!.idle());
    // Messages that were sent before the kill may still arrive, but not the killed answer's last line.
    const { messages, lines } = await caller.ask({ prompt: "next", modelId: "local.echo" });
    expect(messages.at(-1)?.requestId).not.toBe(requestId);
    expect(lines.filter(({ type }) => type === "end" || type === "error")).toHaveLength(1);
    await expect
      .poll(() => stack.log.join("\n"), { timeout: 60_000 })
      .toMatch(/Event [\w-]+ is lost: Runtime exited with error: signal: killed/);
    await expectAftermath(started, requestId);
  });

  test("an answer is cut with the close code 1001 at the end of the connection's life, and a new connection gets an answer", async () => {
    const started = await start({ webSocket: { limits: { lifeMs: scaled(2500) } } });
    const { caller } = started;
    const closed = once(caller.webSocket, "close");
    caller.send({ prompt: "x", modelId: "endless" });
    const { requestId } = await caller.next();
    expect((await waitFor("the end of the connection", closed))[0]).toBe(1001);
    await expectAftermath(started, requestId, "CallerGone");
  });
});
