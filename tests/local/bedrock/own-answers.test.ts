// Tests the user's own answers with AWS's SDK: which request gets which answer, and how each answer is sent.
import { once } from "node:events";
import { ConverseCommand, type ConverseCommandInput } from "@aws-sdk/client-bedrock-runtime";
import { describe, expect, test } from "vitest";
import type { OwnAnswer } from "../../../lib/local/bedrock/own-answers/answer-form.ts";
import { startBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import { converse } from "../../support/callers/sdk-conversation.ts";
import {
  converseWith,
  createServiceClient,
  foldByHand,
  streamWith,
  textOf,
} from "../../support/callers/service-sdk-client.ts";
import { waitFor } from "../../support/deadline.ts";
import { callModel, startTestBedrock } from "../../support/servers/local-bedrock.ts";

const nova = "amazon.nova-lite-v1:0";

async function start(answers: OwnAnswer[], aliases: Record<string, string> = {}) {
  const { url } = await startTestBedrock({ answers, aliases });
  return createServiceClient(url, { signingName: "bedrock", maxAttempts: 1 });
}

async function textFor(client: Awaited<ReturnType<typeof start>>, input: Partial<ConverseCommandInput>) {
  const messages = [{ role: "user" as const, content: [{ text: "Tell me a story" }] }];
  const asked = client.send(new ConverseCommand({ modelId: nova, messages, ...input }));
  const { output } = await waitFor("the response", asked);
  return output?.message?.content?.[0]?.text;
}

describe("the conditions of the user's own answers", () => {
  const toolUse = { toolUseId: "t1", name: "get_weather", input: {} };
  const toolResult = { toolUseId: "t1", content: [{ json: { sky: "sunny" } }] };
  const inputSchema = { json: { type: "object" } };
  const afterTool = {
    messages: [
      { role: "user" as const, content: [{ text: "weather?" }] },
      { role: "assistant" as const, content: [{ toolUse }] },
      { role: "user" as const, content: [{ toolResult }] },
    ],
    toolConfig: { tools: [{ toolSpec: { name: "get_weather", inputSchema } }] },
  };

  test.each<[what: string, when: OwnAnswer["when"], input: Partial<ConverseCommandInput>]>([
    ["no condition", undefined, {}],
    ["a condition on the model", { modelId: nova }, {}],
    [
      "a condition on the model, also if the request names the model's ARN",
      { modelId: nova },
      { modelId: `arn:aws:bedrock:us-east-1::foundation-model/${nova}` },
    ],
    ["a condition on a part of the prompt", { prompt: "a story" }, {}],
    [
      "a condition with a pattern for the prompt",
      { prompt: { pattern: "^Tell me .{1,3}ory|\\bstory$" } },
      {},
    ],
    [
      "a condition on a part of the system texts",
      { system: "kind" },
      { system: [{ text: "Be brief. " }, { text: "Be kind." }] },
    ],
    ["a condition on a part of a tool result", { toolResult: "sunny" }, afterTool],
    ["a condition that any tool result meets", { toolResult: "" }, afterTool],
    ["two conditions that the request meets", { modelId: nova, prompt: "story" }, {}],
  ])("a request gets the answer with %s", async (_, when, input) => {
    const client = await start([{ ...(when && { when }), text: "mine" }], { "*": "local.echo" });
    expect(await textFor(client, input)).toBe("mine");
  });

  test.each<[what: string, when: OwnAnswer["when"]]>([
    ["a condition on another model", { modelId: "amazon.nova-lite-v1" }],
    ["a condition on another prompt", { prompt: "tell" }],
    ["a pattern that the prompt does not match", { prompt: { pattern: "^story" } }],
    ["a condition on a system text, of which the request has none", { system: "kind" }],
    ["a condition on a tool result, of which the request has none", { toolResult: "" }],
    ["two conditions of which the request meets only one", { modelId: nova, prompt: "rain" }],
  ])("a request does not get the answer with %s", async (_, when) => {
    const client = await start([{ ...(when && { when }), text: "mine" }], { "*": "local.echo" });
    expect(await textFor(client, {})).toBe("Tell me a story");
  });

  test("a request gets the first answer that fits and has not been used up", async () => {
    const client = await start([
      { when: { prompt: "rain" }, text: "never" },
      { text: "one", times: 2 },
      { when: { prompt: "story" }, text: "two", times: 1 },
      { text: "three" },
    ]);
    const texts: unknown[] = [];
    for (let count = 0; count < 5; count++) texts.push(await textFor(client, {}));
    expect(texts).toEqual(["one", "one", "two", "three", "three"]);
  });

  test("a request that fits none of the model's answers gets an error that gives the reason", async () => {
    const client = await start([{ when: { modelId: nova, prompt: "rain" }, text: "mine" }]);
    const { error } = await converseWith(client, nova);
    expect(error).toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(/^Cannot answer: none of your own answers/),
    });
    expect((await converseWith(client, "amazon.nova-pro-v1:0")).error).toMatchObject({
      message: "The provided model identifier is invalid.",
    });
  });
});

describe("an answer", () => {
  const content: OwnAnswer["content"] = [
    { reasoningContent: { reasoningText: { text: "I think so.", signature: "c2lnbmVk" } } },
    { reasoningContent: { redactedContent: "c2VjcmV0" } },
    { text: "Let me look at 👩‍👩‍👧 that." },
    {
      toolUse: { toolUseId: "t1", name: "get_weather", input: { city: "Reykjavík", sky: ["☃", 1.5, null] } },
    },
  ];

  test("an answer with several blocks is the same in Converse's response as in the stream", async () => {
    const client = await start([{ content, usage: { inputTokens: 3, cacheReadInputTokens: 2 } }]);
    const { value: events } = await streamWith(client, nova);
    const { value: response } = await converseWith(client, nova);
    const folded = foldByHand(events);
    expect(response?.output).toEqual(folded["output"]);
    expect(response?.output?.message?.content?.[3]).toEqual(content[3]);
    expect(response?.stopReason).toBe("tool_use");
    const { outputTokens = 0 } = response?.usage ?? {};
    expect(response?.usage).toMatchObject({
      inputTokens: 3,
      cacheReadInputTokens: 2,
      totalTokens: 3 + outputTokens,
    });
    expect(events.length).toBeGreaterThan(20);
  });

  test("an answer with events consists of exactly these events", async () => {
    const written = [
      { messageStart: { role: "assistant" } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "Hi" } } },
      { pauseMs: 1 },
      { contentBlockStop: { contentBlockIndex: 0 } },
      { messageStop: { stopReason: "stop_sequence", additionalModelResponseFields: { depth: 3 } } },
      { metadata: { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 }, metrics: { latencyMs: 7 } } },
    ];
    const { events } = await converse(await start([{ events: written }]), { modelId: nova });
    expect(events).toEqual(written.filter((event) => !("pauseMs" in event)));
  });

  test("an answer with an exception among its events ends the stream with that exception", async () => {
    const answer = {
      events: [{ messageStart: { role: "assistant" } }, { throttlingException: { message: "Slow down" } }],
    };
    const { events, error } = await converse(await start([answer]), { modelId: nova });
    expect(events).toHaveLength(1);
    expect(error).toMatchObject({ name: "ThrottlingException", message: "Slow down" });
  });

  test.each([
    ["ThrottlingException", 429],
    ["ServiceQuotaExceededException", 400],
    ["ModelTimeoutException", 408],
  ] as const)(
    "an answer with the error %s is a response with the status %i",
    async (name, httpStatusCode) => {
      const client = await start([{ error: name, message: "Come back later" }]);
      for (const outcome of [await converseWith(client, nova), await streamWith(client, nova)]) {
        expect(outcome.error).toMatchObject({
          name,
          message: "Come back later",
          $metadata: { httpStatusCode },
        });
      }
    },
  );

  test.each([
    ["modelStreamErrorException", { name: "ModelStreamErrorException", message: "Out of words" }],
    ["throttlingException", { name: "ThrottlingException", message: "Out of words" }],
  ] as const)("an answer with the fault %s ends with this exception after its text", async (fault, error) => {
    const client = await start([{ text: "All is well, and then", fault, message: "Out of words" }]);
    const outcome = await streamWith(client, nova);
    expect(textOf(outcome.value)).toBe("All is well, and then");
    expect(outcome.error).toMatchObject(error);
  });

  test("an answer with the fault cut breaks the connection, and Converse gets no response", async () => {
    const client = await start([{ text: "All is well, and then", fault: "cut" }]);
    const outcome = await streamWith(client, nova);
    expect(textOf(outcome.value)).toBe("All is well, and then");
    expect(outcome.error).toBeInstanceOf(Error);
    expect((await converseWith(client, nova)).error).toMatchObject({ code: "ECONNRESET" });
  });

  test("an answer with the fault unfinished ends without messageStop", async () => {
    const { value } = await streamWith(await start([{ text: "All", fault: "unfinished" }]), nova);
    expect(value.map((event) => Object.keys(event)[0])).toEqual(["messageStart", "contentBlockDelta"]);
  });

  test("an answer with the fault stall sends nothing more until the client leaves", async () => {
    const bedrock = await startTestBedrock({ answers: [{ text: "All", fault: "stall" }] });
    const response = await callModel(bedrock, nova);
    await waitFor("the first frame", once(response, "data"));
    expect(bedrock.statistics.active).toBe(1);
    response.destroy();
    await waitFor("the end", bedrock.idle());
    expect(bedrock.statistics.aborted).toBe(1);
  });

  test("an answer takes as long as its delayMs and deltasPerSecond require", async () => {
    const client = await start([{ text: "one two three four", delayMs: 100, deltasPerSecond: 20 }]);
    const startedAt = performance.now();
    const { value } = await converseWith(client, nova);
    expect(value?.usage?.outputTokens).toBe(4);
    // The delay is 100 ms, and 50 ms follow each of the four deltas. Timers may be a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThan(290);
  });
});

test("the local Bedrock does not start if one of the user's own answers is invalid", async () => {
  const answers = [{ text: "x" }, { text: 5 as unknown as string }];
  await expect(startBedrock({ answers })).rejects.toThrow(/^Cannot use the answers: answer 2, text: /);
});
