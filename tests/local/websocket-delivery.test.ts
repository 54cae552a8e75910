// Tests answers over the WebSocket API through the whole stack: the local API Gateway, the local Lambda, and the function in
// AWS's runtime client.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openWebSocket } from "../support/callers/websocket-caller.ts";
import { recordsOf, startTestStack, textOfLines, type TestStack } from "../support/servers/local-stack.ts";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.close());

describe("an answer over a WebSocket", () => {
  test("an answer has the same lines as over the Function URL, except for padding, ids and times", async () => {
    const question = { prompt: "a lighthouse", modelId: "local.thinking" };
    const caller = await openWebSocket(stack);
    const { texts, messages } = await caller.ask({ ...question, id: "first" });
    const url = await stack.ask(question);
    expect(comparable(texts)).toEqual(comparable(url.body.trimEnd().split("\n")));
    expect(messages.map(({ seq, id }) => ({ seq, id }))).toEqual(
      messages.map((_, seq) => ({ seq, id: "first" })),
    );
    expect(await stack.record(messages[0]!.requestId)).toMatchObject({
      operation: "WebSocket",
      callerArn: "arn:aws:iam::123456789012:user/local",
      outcome: "end",
      status: 200,
    });
    expect(recordsOf(stack.log, messages[0]!.requestId)).toHaveLength(1);
  });

  test("an answer of 100,000 deltas arrives whole and in order, in messages of at most 32,000 bytes", async () => {
    const caller = await openWebSocket(stack);
    const { texts, lines, sizes, messages } = await caller.ask({ prompt: "100000", modelId: "local.flood" });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32_000);
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index));
    expect(lines.filter(({ type }) => type === "contentBlockDelta")).toHaveLength(100_000);
    expect(lines.at(-1)).toMatchObject({ type: "end", usage: { outputTokens: 100_000 } });
    const url = await stack.ask({ prompt: "100000", modelId: "local.flood" });
    expect(comparable(texts).join() === comparable(url.body.trimEnd().split("\n")).join()).toBe(true);
  });

  test("several answers arrive at the same time on one connection, each with its own id", async () => {
    const caller = await openWebSocket(stack);
    const ids = [1, 2, "three"];
    for (const id of ids) caller.send({ prompt: `Say ${id}`, modelId: "local.echo", id });
    const texts = new Map<unknown, string>();
    for (let ended = 0; ended < ids.length;) {
      const { id, lines = [] } = await caller.next();
      texts.set(id, (texts.get(id) ?? "") + textOfLines(lines as never));
      if (lines.at(-1)?.type === "end") ended++;
    }
    expect(Object.fromEntries(texts)).toEqual({ 1: "Say 1", 2: "Say 2", three: "Say three" });
  });

  test.each([
    ["text that is not JSON", "rubbish", "InvalidRequest"],
    ["an empty object", "{}", "InvalidRequest"],
    ["a model that is not in the list", { prompt: "x", modelId: "none" }, "ModelNotAllowed"],
    ["a request that Bedrock throttles", { prompt: "x", modelId: "local.throttled" }, "ThrottlingException"],
  ])("the answer to %s is one error line", async (_, question, name) => {
    const caller = await openWebSocket(stack);
    const { lines, messages } = await caller.ask(question);
    expect(messages).toHaveLength(1);
    expect(lines).toMatchObject([{ type: "error", error: { name } }]);
    const again = await caller.ask({ prompt: "still there", modelId: "local.echo" });
    expect(textOfLines(again.lines)).toBe("still there");
  });

  test("an answer waits until the only execution environment is free, and meanwhile other questions are refused", async () => {
    const small = await startTestStack({ concurrency: 1 });
    onTestFinished(() => small.close());
    const caller = await openWebSocket(small);
    // The invocation that takes the question occupies the environment in which the answer will run.
    const { lines } = await caller.ask({ prompt: "alone", modelId: "local.echo" });
    expect(textOfLines(lines)).toBe("alone");
    const isRefused = (message: { message?: string }) => message.message === "Internal server error";
    // The environment may stay busy for a moment after the last message of the first answer.
    do caller.send({ prompt: "a lighthouse" });
    while (isRefused((await caller.next()) as object));
    caller.send({ prompt: "x", modelId: "local.echo" });
    while (!isRefused((await caller.next()) as object));
    expect((await caller.rest()).lines.at(-1)).toMatchObject({ type: "end" });
    expect(small.webSocketLambda.environments().started).toBe(1);
  });
});

/** Returns the lines without the padding, which is random, and leaves out the lines that have ids and times. */
function comparable(lines: string[]): string[] {
  return lines
    .filter((line) => !/^{"type":"(start|metadata|end|ping)"/.test(line))
    .map((line) => line.replace(/,"p":"[a-zA-Z0-9]*"}$/, "}"));
}
