// Tests answers through the local GraphQL API: from the caller's mutation, through the function in AWS's runtime client, to
// the messages of the caller's subscription.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generousSeconds } from "../support/deadline.ts";
import { apiOf, openConversation } from "../support/callers/appsync-answer.ts";
import { openRealTime, post, type Authorization, type Message } from "../support/callers/appsync-caller.ts";
import { caller, startTestStack, textOfLines, type TestStack } from "../support/servers/local-stack.ts";

const other = { accessKeyId: "other", secretAccessKey: "other-secret" };
const key = { apiKey: "da2-local" };
const markdown = '# Title\n\n- "one"\t\\two\r\n\n```ts\nconst a = `\\n`;\n```\n\u{1F600} \u0007 e\u0301 ';

let stack: TestStack;
beforeAll(async () => {
  const variables = { DELTAPIPE_PING_SECONDS: String(generousSeconds) };
  stack = await startTestStack({ callers: [caller, other], variables });
});
afterAll(() => stack.close());

describe("an answer", () => {
  test.each<[string, Authorization]>([
    ["a signature", caller],
    ["the API key", key],
  ])(
    "an answer to a request with %s has the Function URL's lines in order, and the mutation's request id",
    async (_, by) => {
      const question = { prompt: "A story about rain" };
      const conversation = await openConversation(stack, { by });
      const { body } = await conversation.start(question);
      const { messages, lines } = await conversation.rest();
      const { requestId } = body.data!["startConversation"];
      expect(new Set(messages.map((message) => message.requestId))).toEqual(new Set([requestId]));
      expect(new Set(messages.map(({ run }) => run)).size).toBe(1);
      expect(messages.map(({ seq }) => seq)).toEqual(messages.map((__, index) => index));
      const { lines: expected } = await stack.ask(question);
      expect(textOfLines(lines)).toBe(textOfLines(expected));
      expect(lines.at(-1)).toMatchObject({ type: "end" });
      expect(lines.map(({ type }) => type)).toEqual(expected.map(({ type }) => type));
      const owner = "apiKey" in by ? "key" : "iam:arn:aws:iam::123456789012:user/local";
      expect(await stack.record(requestId)).toMatchObject({ operation: "AppSync", outcome: "end", owner });
    },
  );

  test("an answer keeps every character", async () => {
    const conversation = await openConversation(stack);
    const { lines } = await conversation.ask({ prompt: markdown, modelId: "local.echo" });
    expect(textOfLines(lines)).toBe(markdown);
  });

  test("an answer of 5,000 deltas at full speed arrives whole and in order, in messages of at most 240 KB", async () => {
    const conversation = await openConversation(stack, { by: key });
    const sizes: number[] = [];
    conversation.realTime.webSocket.on("message", (data) => sizes.push(String(data).length));
    const { lines, messages } = await conversation.ask({ prompt: "5000", modelId: "local.flood" });
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((__, index) => index));
    expect(lines.filter(({ type }) => type === "contentBlockDelta")).toHaveLength(5000);
    expect(Math.max(...sizes)).toBeLessThan(240 * 1024);
  });

  test("the answer to a request that the service refuses is one message with an error", async () => {
    const conversation = await openConversation(stack);
    for (const request of ["no JSON", { prompt: "x", modelId: "unknown" }, { messages: [] }]) {
      const { messages, lines } = await conversation.ask(request);
      expect(messages).toMatchObject([{ seq: 0 }]);
      expect(lines).toMatchObject([{ type: "error", error: { name: expect.any(String) } }]);
    }
  });

  test("an answer goes only to its own caller, even if others use the same conversation id", async () => {
    const mine = await openConversation(stack);
    const { id } = mine;
    const [another, holder] = [
      await openConversation(stack, { by: other, id }),
      await openConversation(stack, { by: key, id }),
    ];
    const answer = await mine.ask({ prompt: "mine", modelId: "local.echo" });
    const [ofAnother, ofHolder] = [
      await another.ask({ prompt: "another's", modelId: "local.echo" }),
      await holder.ask({ prompt: "the holder's", modelId: "local.echo" }),
    ];
    expect(textOfLines(answer.lines)).toBe("mine");
    // These are the first messages that `another` and `holder` received, so neither got a part of another caller's answer.
    expect(textOfLines(ofAnother.lines)).toBe("another's");
    expect(textOfLines(ofHolder.lines)).toBe("the holder's");
  });

  test("two answers in the same conversation can be distinguished by their request ids", async () => {
    const conversation = await openConversation(stack);
    const started = [
      await conversation.start({ prompt: "first", modelId: "local.echo" }),
      await conversation.start({ prompt: "second", modelId: "local.echo" }),
    ].map(({ body }) => body.data!["startConversation"].requestId);
    const messages = [...(await conversation.rest()).messages, ...(await conversation.rest()).messages];
    for (const [index, text] of ["first", "second"].entries()) {
      const own = messages.filter(({ requestId }) => requestId === started[index]);
      expect(textOfLines(own.flatMap(({ lines = [] }) => lines) as never)).toBe(text);
    }
  });
});

/** The value of one field in each message of a subscription, up to the last message of an answer. */
async function collect(next: () => Promise<Message>, field: string): Promise<Record<string, any>[]> {
  const all: Record<string, any>[] = [];
  do all.push((await next()).payload!.data![field]);
  while (all.at(-1)!["stopReason"] === null && all.at(-1)!["errorName"] === null);
  return all;
}

describe("the operations for the API key", () => {
  const ending = "seq stopReason errorName errorMessage";

  async function subscribe(query: string) {
    const api = apiOf(stack);
    const { start, next } = await openRealTime(api, key);
    await next();
    expect(await start("1", { query })).toMatchObject({ type: "start_ack" });
    return next;
  }

  test("ask and chat stream the text with every character, and the last message has the stop reason", async () => {
    const next = await subscribe(`subscription { chat(chatId: "test") { chatId data ${ending} } }`);
    const query = `mutation Ask($prompt: String!) { ask(chatId: "test", prompt: $prompt) { chatId data } }`;
    const { body } = await post(apiOf(stack), key, { query, variables: { prompt: "A story about rain" } });
    expect(body).toEqual({ data: { ask: { chatId: "test", data: null } } });
    const parts = await collect(next, "chat");
    const { lines } = await stack.ask({ prompt: "A story about rain" });
    expect(parts.map(({ data }) => data).join("")).toBe(textOfLines(lines));
    expect(parts.at(-1)).toMatchObject({ chatId: "test", stopReason: "end_turn", errorName: null });
    expect(parts.map(({ seq }) => seq)).toEqual(parts.map((_, index) => index));
  });

  test("startConversation and onReceiveChunk stream the text, and report an error", async () => {
    const id = "123e4567-e89b-12d3-a456-426614174000";
    const subscription = `subscription { onReceiveChunk(conversationId: "${id}") { conversationId chunk ${ending} } }`;
    const next = await subscribe(subscription);
    const query = `mutation Start($input: StartConversationInput!) {
      startConversation(input: $input) { conversationId status }
    }`;
    const start = (input: object) =>
      post(apiOf(stack), key, { query, variables: { input: { conversationId: id, ...input } } });
    expect((await start({ prompt: "Tell me a joke" })).body).toEqual({
      data: { startConversation: { conversationId: id, status: "STARTED" } },
    });
    const parts = await collect(next, "onReceiveChunk");
    expect(parts.map(({ chunk }) => chunk).join("")).toMatch(/\w+ \w+/);
    await start({ request: '{"prompt":"x","modelId":"local.throttled"}' });
    expect(await collect(next, "onReceiveChunk")).toEqual([
      {
        conversationId: id,
        chunk: "",
        seq: 0,
        stopReason: null,
        errorName: "ThrottlingException",
        errorMessage: expect.stringContaining("Too many requests"),
      },
    ]);
    const { body } = await start({ prompt: " " });
    expect(body.errors).toMatchObject([{ errorType: "InvalidRequest" }]);
  });
});
