// Tests answers of model servers in all their forms, through the whole stack and with AWS's SDK.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "../../../lib/client/index.ts";
import type { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import type { JsonObject } from "../../../lib/wire.ts";
import { converseWith, foldByHand, streamWith } from "../../support/callers/service-sdk-client.ts";
import { waitFor } from "../../support/deadline.ts";
import {
  answerOf,
  byteByByte,
  chunk,
  counted,
  done,
  finish,
  sse,
  text,
  toolCall,
  usage,
} from "../../support/frames/chat-answers.ts";
import { sendPieces } from "../../support/servers/chat-server.ts";
import { type ChatServerStack, startChatServerStack } from "../../support/servers/chat-server-stack.ts";
import { caller, type TestStack } from "../../support/servers/local-stack.ts";

interface Expected {
  content: JsonObject[];
  stopReason: string;
  usage?: { inputTokens: number; outputTokens: number };
}

const hello: Expected = { content: [{ text: "Héllo 👩‍👩‍👧!" }], stopReason: "end_turn" };
const pieces = ["Héllo", " 👩‍👩", "‍👧", "!"].map(text);
const estimated = { inputTokens: 1, outputTokens: 4 };
const fetchCall = { toolUse: { toolUseId: "call_1", name: "get_weather", input: { city: "Paris" } } };
const otherCall = { toolUse: { toolUseId: "call_2", name: "get_time", input: {} } };
const anyId = { toolUseId: expect.stringMatching(/^tooluse_\w{32}$/) as unknown as string };

const cases: Record<string, { pieces: (string | Uint8Array)[]; expected: Expected }> = {
  "with the token counts in a chunk of their own": { pieces: answerOf(...pieces), expected: hello },
  "with the token counts in the last chunk of the answer": {
    pieces: [...pieces, finish("stop", {}, { usage }), done],
    expected: hello,
  },
  "with null as token counts until the last chunk": {
    pieces: [
      ...pieces.map((piece) => piece.replace(/}\n/, ',"usage":null}\n')),
      finish("stop"),
      counted,
      done,
    ],
    expected: hello,
  },
  "with the token counts before another chunk": {
    pieces: [...pieces, finish("stop", {}, { usage }), sse({ choices: [], usage: null }), done],
    expected: hello,
  },
  "without token counts": {
    pieces: [...pieces, finish("stop"), done],
    expected: { ...hello, usage: estimated },
  },
  "with a count of the prompt's tokens only": {
    pieces: [...pieces, finish("stop", {}, { usage: { prompt_tokens: 31 } }), done],
    expected: { ...hello, usage: { ...estimated, inputTokens: 31 } },
  },
  "with empty deltas": {
    pieces: answerOf(
      chunk({}),
      text(""),
      ...pieces.flatMap((piece) => [piece, chunk({ content: null })]),
      text(""),
    ),
    expected: hello,
  },
  "without [DONE]": { pieces: answerOf(...pieces).slice(0, -1), expected: hello },
  "without an empty line at the end": {
    pieces: [...answerOf(...pieces).slice(0, -2), counted.trimEnd()],
    expected: hello,
  },
  "without a finish reason": {
    pieces: [...pieces, counted, done],
    expected: hello,
  },
  "with comments that keep the connection alive": {
    pieces: answerOf(...pieces).flatMap((piece) => [": ping\n\n", ":\n", piece]),
    expected: hello,
  },
  "with other fields of server-sent events": {
    pieces: answerOf(...pieces).map((piece) => `event: message\nid: 7\nretry: 10\n${piece}`),
    expected: hello,
  },
  "without a space after the colon": {
    pieces: answerOf(...pieces).map((piece) => piece.replace("data: ", "data:")),
    expected: hello,
  },
  "with CRLF": {
    pieces: answerOf(...pieces).map((piece) => piece.replaceAll("\n", "\r\n")),
    expected: hello,
  },
  "cut at each byte": { pieces: byteByByte(answerOf(...pieces)), expected: hello },
  "with CRLF and cut at each byte": {
    pieces: byteByByte(answerOf(...pieces).map((piece) => piece.replaceAll("\n", "\r\n"))),
    expected: hello,
  },
  "in one piece": { pieces: [answerOf(...pieces).join("")], expected: hello },
  "after a byte order mark": { pieces: [`\ufeff${answerOf(...pieces).join("")}`], expected: hello },
  "without any text": { pieces: answerOf(), expected: { content: [], stopReason: "end_turn" } },
  "that is a refusal": {
    pieces: answerOf(chunk({ refusal: "I can't." })),
    expected: { content: [{ text: "I can't." }], stopReason: "end_turn" },
  },
  ...Object.fromEntries(
    [
      ["length", "max_tokens"],
      ["content_filter", "content_filtered"],
      ["model_length", "model_context_window_exceeded"],
      ["a_new_reason", "a_new_reason"],
    ].map(([reason = "", stopReason = ""]) => [
      `that ends with ${reason}`,
      { pieces: [...pieces, finish(reason), counted, done], expected: { ...hello, stopReason } },
    ]),
  ),
  "that ends with a stop sequence in vLLM's form": {
    pieces: [...pieces, finish("stop", { stop_reason: "END" }), counted, done],
    expected: { ...hello, stopReason: "stop_sequence" },
  },
  "that ends with a stop token in vLLM's form": {
    pieces: [...pieces, finish("stop", { stop_reason: 128009 }), counted, done],
    expected: hello,
  },
  ...Object.fromEntries(
    [
      ["llama.cpp", ["reasoning_content"]],
      ["vLLM", ["reasoning"]],
      ["OpenRouter", ["reasoning", "reasoning_content"]],
    ].map(([server, names]) => [
      `with reasoning in the form of ${String(server)}`,
      {
        pieces: answerOf(
          ...["I ", "think."].map((part) =>
            chunk(Object.fromEntries((names as string[]).map((name) => [name, part]))),
          ),
          chunk({ content: "Yes", reasoning_content: "" }),
        ),
        expected: {
          content: [{ reasoningContent: { reasoningText: { text: "I think." } } }, { text: "Yes" }],
          stopReason: "end_turn",
        },
      },
    ]),
  ),
  "with a text and then tool calls in pieces": {
    pieces: [
      text("Let me see."),
      toolCall({
        index: 0,
        id: "call_1",
        type: "function",
        function: { name: "get_weather", arguments: "" },
      }),
      ...['{"ci', 'ty": "Pa', 'ris"}'].map((part) => toolCall({ index: 0, function: { arguments: part } })),
      toolCall({ index: 1, id: "call_2", type: "function", function: { name: "get_time", arguments: "{" } }),
      toolCall({ index: 1, function: { arguments: "}" } }),
      finish("tool_calls"),
      counted,
      done,
    ],
    expected: { content: [{ text: "Let me see." }, fetchCall, otherCall], stopReason: "tool_use" },
  },
  "with tool calls whose pieces repeat id and name": {
    pieces: [
      ...['{"city":', '"Paris"}'].map((part) =>
        toolCall({ index: 0, id: "call_1", function: { name: "get_weather", arguments: part } }),
      ),
      finish("tool_calls"),
      counted,
      done,
    ],
    expected: { content: [fetchCall], stopReason: "tool_use" },
  },
  "with tool calls whose later pieces have an empty id and no index": {
    pieces: [
      toolCall({ id: "call_1", function: { name: "get_weather", arguments: null } }),
      ...['{"city":', '"Paris"}'].map((part) =>
        toolCall({ id: "", function: { name: null, arguments: part } }),
      ),
      finish("tool_calls"),
      counted,
      done,
    ],
    expected: { content: [fetchCall], stopReason: "tool_use" },
  },
  "that ends with stop after two whole tool calls that both have the index 0": {
    pieces: answerOf(
      toolCall({ index: 0, id: "call_1", function: { name: "get_weather", arguments: '{"city":"Paris"}' } }),
      toolCall({ index: 0, id: "call_2", function: { name: "get_time", arguments: "{}" } }),
    ),
    expected: { content: [fetchCall, otherCall], stopReason: "tool_use" },
  },
  "with two whole tool calls in one chunk": {
    pieces: answerOf(
      chunk({
        tool_calls: [
          { index: 0, id: "call_1", function: { name: "get_weather", arguments: '{"city":"Paris"}' } },
          { index: 1, id: "call_2", function: { name: "get_time", arguments: "{}" } },
        ],
      }),
    ),
    expected: { content: [fetchCall, otherCall], stopReason: "tool_use" },
  },
  "with a tool call whose arguments are an object": {
    pieces: answerOf(
      toolCall({ index: 0, id: "call_1", function: { name: "get_weather", arguments: { city: "Paris" } } }),
    ),
    expected: { content: [fetchCall], stopReason: "tool_use" },
  },
  "with a tool call without arguments": {
    pieces: answerOf(toolCall({ index: 0, id: "call_2", function: { name: "get_time" } })),
    expected: { content: [otherCall], stopReason: "tool_use" },
  },
  ...Object.fromEntries(
    ["", "no good id", "x".repeat(65)].map((id) => [
      `with a tool call that has the id "${id.slice(0, 12)}"`,
      {
        pieces: answerOf(toolCall({ index: 0, id, function: { name: "get_time", arguments: "{}" } })),
        expected: { content: [{ toolUse: { ...otherCall.toolUse, ...anyId } }], stopReason: "tool_use" },
      },
    ]),
  ),
  "that reaches the token limit in a tool call": {
    pieces: [
      toolCall({ index: 0, id: "call_1", function: { name: "get_weather", arguments: '{"city":"Paris"}' } }),
      finish("length"),
      counted,
      done,
    ],
    expected: { content: [fetchCall], stopReason: "max_tokens" },
  },
  "after an event that is not a chunk": {
    pieces: [sse({ object: "prompt.progress", progress: 0.5 }), ...answerOf(...pieces)],
    expected: hello,
  },
};

let started: ChatServerStack;
let stack: TestStack;
let sdk: BedrockRuntimeClient;

beforeAll(async () => {
  started = await startChatServerStack(
    Object.fromEntries(Object.entries(cases).map(([name, { pieces }]) => [name, sendPieces(pieces)])),
  );
  ({ stack, sdk } = started);
});
afterAll(() => started.close());

describe("an answer", () => {
  test.each(Object.entries(cases))("an answer %s is complete", async (name, { expected }) => {
    const counts = expected.usage ?? { inputTokens: 31, outputTokens: 5 };
    const totalTokens = counts.inputTokens + counts.outputTokens;
    const client = createClient({
      url: stack.url,
      region: "us-east-1",
      credentials: caller,
      retry: { limit: 0 },
    });
    const answer = client.converse({ prompt: "Hi?", modelId: started.modelOf(name) });
    const result = await waitFor("the answer through the function", answer.result());
    expect(result).toMatchObject({
      content: expected.content,
      stopReason: expected.stopReason,
      usage: { ...counts, totalTokens },
    });
    const { value: events, error } = await streamWith(sdk, started.modelOf(name), "Hi?");
    expect(error).toBeUndefined();
    const folded = { output: { message: { content: expected.content } }, stopReason: expected.stopReason };
    expect(foldByHand(events)).toMatchObject({ ...folded, usage: { ...counts, totalTokens } });
    const { value: response } = await converseWith(sdk, started.modelOf(name), "Hi?");
    expect(response).toMatchObject({ ...folded, usage: { ...counts, totalTokens } });
  });

  test("an answer marks its token counts as an estimate if the server did not send both of them", async () => {
    for (const [name, isEstimate] of [
      ["without token counts", true],
      ["with a count of the prompt's tokens only", true],
      ["without [DONE]", undefined],
    ] as const) {
      const { lines } = await stack.ask({ prompt: "Hi?", modelId: started.modelOf(name) });
      const metadata = lines.find(({ type }) => type === "metadata") as unknown as JsonObject;
      expect(metadata["usageIsEstimate"]).toBe(isEstimate);
    }
  });
});
