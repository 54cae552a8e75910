// Tests how Converse requests reach a model server, through the whole stack.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findServedModels } from "../../../lib/local/model-server/index.ts";
import type { JsonObject } from "../../../lib/wire.ts";
import { postRequest, readAll } from "../../support/callers/bedrock-client.ts";
import { answerOf, text } from "../../support/frames/chat-answers.ts";
import { type ChatServer, sendPieces, startChatServer } from "../../support/servers/chat-server.ts";
import { startTestStack, type TestStack } from "../../support/servers/local-stack.ts";

const image = Buffer.from("not quite an image").toString("base64");
const hi = { role: "user", content: [{ text: "Hi" }] };
const chatHi = { role: "user", content: "Hi" };
const tools = [{ toolSpec: { name: "get_time", inputSchema: { json: { type: "object" } } } }];
const call = { toolUse: { toolUseId: "call_1", name: "get_time", input: { city: "Paris" } } };
const chatCall = {
  id: "call_1",
  type: "function",
  function: { name: "get_time", arguments: '{"city":"Paris"}' },
};

/** What a caller sends, and the members of the request to the model server that depend on it. */
const translated: Record<string, [request: JsonObject, chat: JsonObject]> = {
  "a prompt": [{ prompt: "Hi" }, { messages: [chatHi] }],
  "system texts": [
    {
      messages: [hi],
      system: [{ text: "Be kind." }, { cachePoint: { type: "default" } }, { text: "Be brief." }],
    },
    { messages: [{ role: "system", content: "Be kind.\nBe brief." }, chatHi] },
  ],
  "a system message in the conversation": [
    { messages: [hi, { role: "system", content: [{ text: "Be kind." }] }] },
    { messages: [chatHi, { role: "system", content: "Be kind." }] },
  ],
  "the history": [
    {
      messages: [
        { role: "user", content: [{ text: "One" }, { text: "Two" }, { cachePoint: { type: "default" } }] },
        { role: "assistant", content: [{ text: "Three" }] },
        hi,
      ],
    },
    { messages: [{ role: "user", content: "One\nTwo" }, { role: "assistant", content: "Three" }, chatHi] },
  ],
  "images between texts": [
    {
      messages: [
        {
          role: "user",
          content: [
            { text: "Before" },
            { image: { format: "jpeg", source: { bytes: image } } },
            { text: "After" },
          ],
        },
      ],
    },
    {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Before" },
            { type: "image_url", image_url: { url: `data:image/jpeg;base64,${image}` } },
            { type: "text", text: "After" },
          ],
        },
      ],
    },
  ],
  "content for a guardrail": [
    { messages: [{ role: "user", content: [{ guardContent: { text: { text: "Hi" } } }] }] },
    { messages: [chatHi] },
  ],
  "inference parameters": [
    {
      messages: [hi],
      inferenceConfig: { maxTokens: 7, temperature: 0.5, topP: 0.25, stopSequences: ["END", "\n"] },
    },
    { messages: [chatHi], max_tokens: 7, temperature: 0.5, top_p: 0.25, stop: ["END", "\n"] },
  ],
  "fields that only the server knows": [
    {
      messages: [hi],
      additionalModelRequestFields: { top_k: 40, chat_template_kwargs: { thinking: false } },
    },
    { messages: [chatHi], top_k: 40, chat_template_kwargs: { thinking: false } },
  ],
  tools: [
    {
      messages: [hi],
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: "get_weather",
              description: "The weather",
              strict: true,
              inputSchema: { json: { type: "object", properties: {}, additionalProperties: false } },
            },
          },
          { cachePoint: { type: "default" } },
          ...tools,
        ],
      },
    },
    {
      messages: [chatHi],
      tools: [
        {
          type: "function",
          function: {
            name: "get_weather",
            description: "The weather",
            parameters: { type: "object", properties: {}, additionalProperties: false },
            strict: true,
          },
        },
        { type: "function", function: { name: "get_time", parameters: { type: "object" } } },
      ],
    },
  ],
  ...Object.fromEntries(
    (
      [
        [{ auto: {} }, "auto"],
        [{ any: {} }, "required"],
        [{ tool: { name: "get_time" } }, { type: "function", function: { name: "get_time" } }],
      ] as const
    ).map(([toolChoice, choice]) => [
      `the tool choice ${JSON.stringify(toolChoice)}`,
      [
        { messages: [hi], toolConfig: { tools, toolChoice } },
        {
          messages: [chatHi],
          tools: [{ type: "function", function: { name: "get_time", parameters: { type: "object" } } }],
          tool_choice: choice,
        },
      ],
    ]),
  ),
  "tool calls, their results and reasoning": [
    {
      toolConfig: { tools },
      messages: [
        hi,
        {
          role: "assistant",
          content: [
            { reasoningContent: { reasoningText: { text: "Hm.", signature: "c2ln" } } },
            { text: "Let me see." },
            call,
            { toolUse: { toolUseId: "call_2", name: "get_time", input: {} } },
          ],
        },
        {
          role: "user",
          content: [
            { text: "Well?" },
            { toolResult: { toolUseId: "call_1", content: [{ text: "Noon" }, { json: { hour: 12 } }] } },
            { toolResult: { toolUseId: "call_2", status: "error", content: [{ text: "No city" }] } },
          ],
        },
      ],
    },
    {
      tools: [{ type: "function", function: { name: "get_time", parameters: { type: "object" } } }],
      messages: [
        chatHi,
        {
          role: "assistant",
          content: "Let me see.",
          reasoning_content: "Hm.",
          tool_calls: [
            chatCall,
            { ...chatCall, id: "call_2", function: { name: "get_time", arguments: "{}" } },
          ],
        },
        { role: "tool", tool_call_id: "call_1", content: 'Noon\n{"hour":12}' },
        { role: "tool", tool_call_id: "call_2", content: "Error: No city" },
        { role: "user", content: "Well?" },
      ],
    },
  ],
  "an empty result, and a tool call without a text before it": [
    {
      toolConfig: { tools },
      messages: [
        hi,
        { role: "assistant", content: [call] },
        { role: "user", content: [{ toolResult: { toolUseId: "call_1", content: [] } }] },
      ],
    },
    {
      tools: [{ type: "function", function: { name: "get_time", parameters: { type: "object" } } }],
      messages: [
        chatHi,
        { role: "assistant", content: "", tool_calls: [chatCall] },
        { role: "tool", tool_call_id: "call_1", content: "" },
      ],
    },
  ],
  "a schema for the answer and a reasoning effort": [
    {
      messages: [hi],
      outputConfig: {
        effort: "low",
        textFormat: {
          type: "json_schema",
          structure: {
            jsonSchema: {
              name: "city",
              description: "A city",
              schema: '{"type":"object","properties":{},"additionalProperties":false}',
            },
          },
        },
      },
    },
    {
      messages: [chatHi],
      reasoning_effort: "low",
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "city",
          description: "A city",
          schema: { type: "object", properties: {}, additionalProperties: false },
          strict: true,
        },
      },
    },
  ],
  "members that have no effect on the local Bedrock": [
    { messages: [hi], requestMetadata: { team: "blue" }, additionalModelResponseFieldPaths: ["/nothing"] },
    { messages: [chatHi] },
  ],
};

function userWith(...content: JsonObject[]): JsonObject {
  return { messages: [{ role: "user", content: [{ text: "Hi" }, ...content] }] };
}

function assistantWith(...content: JsonObject[]): JsonObject {
  return { messages: [hi, { role: "assistant", content }, hi] };
}

const document = { document: { format: "txt", name: "notes", source: { bytes: "aGk=" } } };
const resultWith = (block: JsonObject): JsonObject => ({
  toolConfig: { tools },
  messages: [
    hi,
    { role: "assistant", content: [call] },
    { role: "user", content: [{ toolResult: { toolUseId: "call_1", content: [{ text: "x" }, block] } }] },
  ],
});

/** What a caller sends, and the place that the error has to name. */
const refused: Record<string, [request: JsonObject, place: string]> = {
  "a document": [userWith(document), "messages.0.content.1.document"],
  "a video": [
    userWith({ video: { format: "mp4", source: { bytes: "aGk=" } } }),
    "messages.0.content.1.video",
  ],
  audio: [userWith({ audio: { format: "mp3", source: { bytes: "aGk=" } } }), "messages.0.content.1.audio"],
  "a search result": [
    userWith({ searchResult: { source: "a", title: "b", content: [{ text: "c" }] } }),
    "messages.0.content.1.searchResult",
  ],
  "an image in a tool's result": [
    resultWith({ image: { format: "png", source: { bytes: image } } }),
    "messages.2.content.0.toolResult.content.1.image",
  ],
  "a document in a tool's result": [
    resultWith(document),
    "messages.2.content.0.toolResult.content.1.document",
  ],
  "redacted reasoning": [
    assistantWith({ reasoningContent: { redactedContent: "aGk=" } }, { text: "Yes" }),
    "messages.1.content.0.reasoningContent.redactedContent",
  ],
  "an image of the assistant": [
    assistantWith({ image: { format: "png", source: { bytes: image } } }),
    "messages.1.content.0.image",
  ],
};

let server: ChatServer;
let stack: TestStack;
beforeAll(async () => {
  server = await startChatServer({ "org/chat:1b": sendPieces(answerOf(text("Hello"))) });
  const models = await findServedModels(server);
  const variables = { DELTAPIPE_DEFAULT_MAX_TOKENS: "77", DELTAPIPE_MODELS: "chat=org/chat:1b" };
  stack = await startTestStack({ bedrock: { kind: "local", options: { models } }, variables });
});
afterAll(async () => {
  await stack.close();
  await server.close();
});

describe("a request", () => {
  test.each(Object.entries(translated))("a request with %s is translated", async (_, [request, chat]) => {
    const { status } = await stack.ask(request);
    expect(status).toBe(200);
    expect(server.asked("org/chat:1b").at(-1)!.body).toEqual({
      model: "org/chat:1b",
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 77,
      ...chat,
    });
  });

  test.each(Object.entries(refused))(
    "a request with %s is rejected with an error that names the place",
    async (_, [request, place]) => {
      const before = server.asked("org/chat:1b").length;
      const { status, body } = await stack.ask(request);
      expect(status).toBe(400);
      const message = `The value at ${place} cannot be sent to the model server: chat completions have no counterpart. Remove it and try again.`;
      expect(JSON.parse(body)).toMatchObject({ error: { name: "ValidationException", message } });
      expect(server.asked("org/chat:1b")).toHaveLength(before);
    },
  );

  // These requests go directly to the local Bedrock, because the service itself rejects some of them.
  test.each<[what: string, request: JsonObject, message: string]>([
    ...["messages", "stream", "n"].map((name): [string, JsonObject, string] => [
      `the additional field ${name}`,
      { messages: [hi], additionalModelRequestFields: { [name]: 1 } },
      `The additional field ${name} cannot be sent to the model server`,
    ]),
    [
      "one of Bedrock's own tools",
      { messages: [hi], toolConfig: { tools: [...tools, { systemTool: { name: "nova_grounding" } }] } },
      "The value at toolConfig.tools.1.systemTool cannot be sent",
    ],
    [
      "an image in S3",
      userWith({ image: { format: "png", source: { s3Location: { uri: "s3://bucket/a.png" } } } }),
      "The value at messages.0.content.1.image.source cannot be sent",
    ],
    [
      "an image for a guardrail among the system texts",
      {
        messages: [hi],
        system: [{ guardContent: { image: { format: "png", source: { bytes: image } } } }],
      },
      "The value at system.0.guardContent cannot be sent",
    ],
    [
      "citations",
      assistantWith({ citationsContent: { content: [{ text: "a" }] } }),
      "The value at messages.1.content.0.citationsContent cannot be sent",
    ],
    [
      "variables of a prompt",
      { messages: [hi], promptVariables: { name: { text: "Ida" } } },
      "The value at promptVariables cannot be sent",
    ],
  ])("a request with %s is rejected by the local Bedrock", async (_, request, message) => {
    const before = server.asked("org/chat:1b").length;
    const url = `${stack.bedrock!.url}/model/org%2Fchat:1b/converse`;
    const response = await postRequest(url, request);
    expect(response.statusCode).toBe(400);
    const error = JSON.parse((await readAll(response)).toString()) as { message: string };
    expect(error.message.startsWith(message)).toBe(true);
    expect(server.asked("org/chat:1b")).toHaveLength(before);
  });
});
