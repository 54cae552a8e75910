// Tests answers through the GraphQL API that end early, or that nobody waits for.
import { describe, expect, onTestFinished, test } from "vitest";
import type { StackOptions } from "../../lib/local/stack.ts";
import { apiOf, openConversation, type Conversation } from "../support/callers/appsync-answer.ts";
import { openRealTime, post } from "../support/callers/appsync-caller.ts";
import { generousSeconds, scaledSeconds, waitFor } from "../support/deadline.ts";
import { unendedModels as models } from "../support/matrix/unended-models.ts";
import { recordsOf, startTestStack, type TestStack } from "../support/servers/local-stack.ts";

interface Started {
  stack: TestStack;
  conversation: Conversation;
}

async function start(options: Partial<StackOptions> = {}): Promise<Started> {
  const bedrock = { kind: "local" as const, options: { models, deltasPerSecond: 200 } };
  const stack = await startTestStack({ bedrock, ...options });
  onTestFinished(() => stack.close());
  return { stack, conversation: await openConversation(stack) };
}

/**
 * Expects one call to Bedrock for the answer, and an answer to the next question. If `outcome` is given, the log must have one
 * record of the first answer, otherwise none.
 */
async function expectAftermath(
  { stack, conversation }: Started,
  requestId: string,
  outcome?: string,
): Promise<void> {
  await waitFor("the end of all calls to Bedrock", stack.bedrock!.idle());
  if (outcome !== undefined) expect(await stack.record(requestId)).toMatchObject({ outcome });
  const next = await openConversation(stack, { id: conversation.id });
  const { lines, messages } = await next.ask({ prompt: "next", modelId: "local.echo" });
  expect(lines.at(-1)).toMatchObject({ type: "end" });
  expect(messages[0]!.requestId).not.toBe(requestId);
  expect(recordsOf(stack.log, requestId)).toHaveLength(outcome === undefined ? 0 : 1);
  // One call for each of the two questions: neither was sent to Bedrock a second time.
  expect(stack.bedrock!.statistics.requests).toBe(2);
}

describe("an answer through the GraphQL API", () => {
  test("an answer runs to its end after its only subscriber has left, because AppSync does not report who is subscribed", async () => {
    const started = await start();
    const { conversation } = started;
    const { body } = await conversation.start({ prompt: "A story about rain" });
    await conversation.next();
    conversation.realTime.webSocket.terminate();
    await expectAftermath(started, body.data!["startConversation"].requestId, "end");
  });

  test("an answer ends with DeadlineExceeded when only the configured margin is left before Lambda's timeout", async () => {
    const margin = scaledSeconds(3);
    const started = await start({
      appSync: { settings: { timeoutSeconds: 2 * margin } },
      variables: {
        DELTAPIPE_DEADLINE_MARGIN_SECONDS: String(margin),
        DELTAPIPE_PING_SECONDS: String(generousSeconds),
      },
    });
    const { lines, messages } = await started.conversation.ask({ prompt: "x", modelId: "endless" });
    expect(lines[0]).toMatchObject({ type: "start" });
    expect(lines.at(-1)).toMatchObject({ type: "error", error: { name: "DeadlineExceeded" } });
    await expectAftermath(started, messages[0]!.requestId, "DeadlineExceeded");
  });

  test("an answer ends with StreamTruncated when Bedrock's connection breaks", async () => {
    const started = await start();
    const { lines, messages } = await started.conversation.ask({ prompt: "x", modelId: "cut" });
    expect(lines.at(-1)).toMatchObject({ type: "error", error: { name: "StreamTruncated" } });
    await expectAftermath(started, messages[0]!.requestId, "StreamTruncated");
  });

  test("an answer whose execution environment is killed has no last line, and is not started again", async () => {
    const started = await start({ concurrency: 2 });
    const { stack, conversation } = started;
    await conversation.start({ prompt: "x", modelId: "endless" });
    const { requestId } = await conversation.next();
    for (const pid of stack.appSyncLambda.environments().pids) process.kill(pid, "SIGKILL");
    await expectAftermath(started, requestId);
    expect(stack.log.join("\n")).toMatch(/Event [\w-]+ is lost: Runtime exited with error: signal: killed/);
  });

  test("an answer waits while every execution environment is busy", async () => {
    const { stack, conversation } = await start({ concurrency: 1 });
    await conversation.start({ prompt: "A story about rain" });
    await conversation.start({ prompt: "second", modelId: "local.echo" });
    const [first, second] = [await conversation.rest(), await conversation.rest()];
    expect([first, second].map(({ lines }) => lines.at(-1)!.type)).toEqual(["end", "end"]);
    expect(stack.appSyncLambda.environments().started).toBe(1);
  });

  test("an answer is lost if its question waits for too long, and the log reports the loss", async () => {
    const { stack, conversation } = await start({
      concurrency: 1,
      finishingMs: 100,
      appSync: { settings: { maximumEventAgeSeconds: 1 } },
    });
    await conversation.start({ prompt: "x", modelId: "endless" });
    await conversation.next();
    const lost = waitFor(
      "the line in the log",
      new Promise<void>((resolve) => {
        const { push } = stack.log;
        stack.log.push = (...lines) => {
          if (lines.some((line) => /Event [\w-]+ is lost/.test(line))) resolve();
          return push.apply(stack.log, lines);
        };
      }),
    );
    await conversation.start({ prompt: "second", modelId: "local.echo" });
    await lost;
    expect(stack.bedrock!.statistics.requests).toBe(1);
  });

  test("the subscription chat gets Bedrock's error for an answer requested with the mutation ask", async () => {
    const { stack } = await start({ variables: { DELTAPIPE_MODELS: "broken=local.throttled" } });
    const key = { apiKey: stack.appSyncApiKey };
    const { start: subscribe, next } = await openRealTime(apiOf(stack), key);
    await next();
    await subscribe("1", { query: 'subscription { chat(chatId: "test") { data errorName errorMessage } }' });
    await post(apiOf(stack), key, { query: 'mutation { ask(chatId: "test", prompt: "x") { chatId } }' });
    expect((await next()).payload!.data).toEqual({
      chat: { data: "", errorName: "ThrottlingException", errorMessage: expect.any(String) },
    });
  });
});
