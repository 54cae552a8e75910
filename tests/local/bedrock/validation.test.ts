// Tests the validation of a request's content: status, error name and message.
import * as sdk from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBedrock, type LocalBedrock } from "../../../lib/local/bedrock/start-bedrock.ts";
import {
  contentBlocks,
  guardedBlocks,
  reasoningBlocks,
  toolResultBlocks,
} from "../../../lib/local/bedrock/validation/check-content-block.ts";
import { sources } from "../../../lib/local/bedrock/validation/check-media.ts";
import { systemBlocks, tools } from "../../../lib/local/bedrock/validation/request-options.ts";
import { pathOf, postRequest, readAll } from "../../support/callers/bedrock-client.ts";

let bedrock: LocalBedrock;
beforeAll(async () => {
  bedrock = await startBedrock({ deltasPerSecond: Infinity });
});
afterAll(() => bedrock.close());

const bytes = "aGVsbG8=";
const user = (...content: unknown[]) => ({ role: "user", content });
const assistant = (...content: unknown[]) => ({ role: "assistant", content });
const says = (...messages: unknown[]) => ({ messages });
const hi = { text: "Hi" };
const document = (name: unknown, source: object = { bytes }) => ({
  document: { name, format: "pdf", source },
});
const toolUse = (toolUseId: string, more: object = {}) => ({
  toolUse: { toolUseId, name: "weather", input: {}, ...more },
});
const toolResult = (toolUseId: string, content: unknown[] = [hi], more: object = {}) => ({
  toolResult: { toolUseId, content, ...more },
});
const toolConfig = { tools: [{ toolSpec: { name: "weather", inputSchema: { json: { type: "object" } } } }] };
const formatted = (schema: unknown, type = "json_schema") => ({
  ...says(user(hi)),
  outputConfig: { textFormat: { type, structure: { jsonSchema: { schema } } } },
});
/** A user turn after an assistant turn that requests these tools. */
const afterTools = (ids: string[], ...content: unknown[]) => ({
  ...says(user(hi), assistant(...ids.map((id) => toolUse(id))), user(...content)),
  toolConfig,
});
const reasoning = (reasoningContent: unknown) => says(user(hi), assistant({ reasoningContent }), user(hi));

async function answerTo(body: unknown): Promise<{ status: number | undefined; name: string; text: string }> {
  const response = await postRequest(bedrock.url + pathOf("local.echo"), body);
  const name = String(response.headers["x-amzn-errortype"]).split(":", 1)[0] ?? "";
  return { status: response.statusCode, name, text: String(await readAll(response)) };
}

describe("an invalid request", () => {
  test.each<[what: string, body: unknown, message: RegExp]>([
    ["an empty text", says(user({ text: "" })), /text field .* at messages\.0\.content\.0 is blank/],
    ["white space", says(user(hi, { text: " \n\t" })), /text field .* at messages\.0\.content\.1 is blank/],
    ["white space in an assistant turn", says(user(hi), assistant({ text: "\n\n" }), user(hi)), /is blank/],
    ["a number as text", says(user({ text: 5 })), /at messages\.0\.content\.0\.text is invalid/],
    [
      "a block without a known kind",
      says(user({ txt: "hi" })),
      /messages\.0\.content\.0 must set one of .*: text, image/,
    ],
    ["an empty block", says(user({})), /must set one of/],
    ["a block of two kinds", says(user({ text: "a", image: {} })), /must set only one of/],
    ["a block that is a string", says(user("hi")), /at messages\.0\.content\.0 is invalid/],
    ["empty content", says(user()), /content field in the Message object at messages\.0 is empty/],
    ["an empty turn between two others", says(user(hi), assistant(), user(hi)), /at messages\.1 is empty/],
    ["null as content", says({ role: "user", content: null }), /messages\.1\.member\.content.*not be null/],
    ["content that is a string", says({ role: "user", content: "Hi" }), /at messages\.0\.content is invalid/],
    ["messages that are an object", { messages: {} }, /at messages is invalid/],
    ["an unknown role", says({ role: "model", content: [hi] }), /messages\.0\.role/],
    [
      "a conversation that starts with the assistant",
      says(assistant(hi), user(hi)),
      /must start with a user message/,
    ],
    ["two user turns in a row", says(user(hi), user(hi)), /must alternate between user and assistant/],
    ["two assistant turns in a row", says(user(hi), assistant(hi), assistant(hi)), /must alternate/],
    [
      "a string as a tool's input",
      { ...says(user(hi), assistant(toolUse("a", { input: '{"a":1}' })), user(toolResult("a"))), toolConfig },
      /at messages\.1\.content\.0\.toolUse\.input is invalid. Provide a json object/,
    ],
    [
      "null as a tool's input",
      { ...says(user(hi), assistant(toolUse("a", { input: null })), user(toolResult("a"))), toolConfig },
      /toolUse\.input is invalid/,
    ],
    ["a tool id with a space", afterTools(["a b"], toolResult("a b")), /toolUseId.*regular expression/],
    [
      "a tool name with a colon",
      {
        ...says(user(hi), assistant(toolUse("a", { name: "a:b" })), user(toolResult("a"))),
        toolConfig,
      },
      /toolUse\.name.*regular expression pattern: \[a-zA-Z0-9_-\]\+/,
    ],
    ["a tool id of 65 characters", afterTools(["a".repeat(65)], hi), /toolUseId.*less than or equal to 64/],
    [
      "a tool result without a tool request",
      says(user(toolResult("a"))),
      /number of toolResult blocks .* exceeds/,
    ],
    [
      "one tool result too many",
      afterTools(["a"], toolResult("a"), toolResult("b")),
      /toolResult blocks at messages\.2\.content exceeds the number of toolUse blocks of previous turn/,
    ],
    [
      "a tool request without a tool result",
      afterTools(["a", "b"], toolResult("b")),
      /Expected toolResult blocks at messages\.2\.content for the following Ids: a$/,
    ],
    ["a text instead of tool results", afterTools(["a"], hi), /Expected toolResult blocks/],
    [
      "a tool result for another tool request",
      afterTools(["a"], toolResult("b")),
      /Expected toolResult blocks.*: a$/,
    ],
    [
      "two tool results for one tool request",
      afterTools(["a", "b"], toolResult("a"), toolResult("a")),
      /duplicate Ids: a/,
    ],
    ["two tool requests with one id", afterTools(["a", "a"], toolResult("a")), /duplicate Ids: a/],
    [
      "a tool request at the end of the conversation",
      { ...says(user(hi), assistant(toolUse("a"))), toolConfig },
      /Expected toolResult blocks at messages\.2\.content/,
    ],
    [
      "a tool request in a user turn",
      { ...says(user(toolUse("a"))), toolConfig },
      /toolUse blocks in a user turn/,
    ],
    [
      "a blank tool result",
      afterTools(["a"], toolResult("a", [{ text: " " }])),
      /toolResult\.content\.0 is blank/,
    ],
    [
      "a list as the json of a tool result",
      afterTools(["a"], toolResult("a", [{ json: [1] }])),
      /toolResult\.content\.0\.json is invalid. Provide a json object/,
    ],
    [
      "a block without a known kind in a tool result",
      afterTools(["a"], toolResult("a", [{ txt: "x" }])),
      /ToolResultContentBlock .* must set/,
    ],
    [
      "a tool result with the status error and no content",
      afterTools(["a"], toolResult("a", [], { status: "error" })),
      /messages\.2\.content\.0\.toolResult cannot be empty when status value is error/,
    ],
    [
      "tools that are not defined",
      says(user(hi), assistant(toolUse("a")), user(toolResult("a"))),
      /toolConfig field must be defined/,
    ],
    ...["report.pdf", "John's", "résumé", "a  b", "a\u3000b", "a\tb", ""].map(
      (name): [string, unknown, RegExp] => [
        `a document called ${JSON.stringify(name)}`,
        says(user(hi, document(name))),
        /document file name can only contain/,
      ],
    ),
    [
      "a document name of 201 letters",
      says(user(hi, document("a".repeat(201)))),
      /less than or equal to 200/,
    ],
    ["a document without a name", says(user(hi, document(undefined))), /document\.name.*not be null/],
    [
      "two documents with one name in two turns",
      says(user(hi, document("a")), assistant(hi), user(hi, document("a"))),
      /can't contain duplicate document names/,
    ],
    [
      "a document in a tool result with a name that is taken",
      {
        ...says(user(hi, document("a")), assistant(toolUse("t")), user(toolResult("t", [document("a")]))),
        toolConfig,
      },
      /can't contain duplicate document names/,
    ],
    [
      "a document without a text",
      says(user(document("a"))),
      /text block must be included when using documents/,
    ],
    [
      "a document without a source",
      says(user(hi, { document: { name: "a" } })),
      /document\.source is invalid/,
    ],
    [
      "an image without bytes",
      says(user({ image: { format: "png", source: {} } })),
      /image\.source must set one/,
    ],
    [
      "bytes that are not base64",
      says(user({ image: { format: "png", source: { bytes: "a*==" } } })),
      /image\.source\.bytes is invalid. Provide base64/,
    ],
    ["base64 without its padding", says(user(hi, document("a", { bytes: "aGVsbG8" }))), /bytes is invalid/],
    [
      "empty bytes",
      says(user(hi, document("a", { bytes: "" }))),
      /source\.bytes.*greater than or equal to 1/,
    ],
    ["a blank text document", says(user(hi, document("a", { text: " " }))), /DocumentSource .* is blank/],
    [
      "reasoning without text",
      reasoning({ reasoningText: { signature: "s" } }),
      /reasoningText\.text.*not be null/,
    ],
    ["empty reasoning", reasoning({ reasoningText: { text: "" } }), /ReasoningTextBlock .* is blank/],
    [
      "an empty signature",
      reasoning({ reasoningText: { text: "a", signature: "" } }),
      /reasoningText\.signature/,
    ],
    ["reasoning without a known kind", reasoning({ text: "a" }), /ReasoningContentBlock .* must set one of/],
    [
      "an empty system text",
      { ...says(user(hi)), system: [{ text: "" }] },
      /system\.1\.member\.text.*length/,
    ],
    ["a blank system text", { ...says(user(hi)), system: [{ text: " " }] }, /system\.0 is blank/],
    ["a system text that is not in a block", { ...says(user(hi)), system: ["a"] }, /at system\.0 is invalid/],
    [
      "a blank text in guardContent",
      { ...says(user(hi)), system: [{ guardContent: { text: { text: "" } } }] },
      /system\.0\.guardContent\.text is blank/,
    ],
    ["an empty list of tools", { ...says(user(hi)), toolConfig: { tools: [] } }, /toolConfig\.tools.*length/],
    ["an unknown output format", formatted("{}", "xml"), /textFormat\.type must be one of: json_schema/],
    [
      "a schema that is an object",
      formatted({ type: "object" }),
      /jsonSchema\.schema is invalid\. Provide a string/,
    ],
    ["a schema that is not JSON", formatted("{"), /is not valid JSON/],
    [
      "a schema with an object that allows additional properties",
      formatted('{"anyOf":[{"type":"object"}]}'),
      /For 'object' type, 'additionalProperties' must be explicitly set to false/,
    ],
    [
      "a schema with limits for a number",
      formatted('{"type":"array","items":{"type":"integer","minimum":1,"maximum":5}}'),
      /For 'integer' type, properties maximum, minimum are not supported/,
    ],
    [
      "a strict tool with a schema that allows additional properties",
      {
        ...says(user(hi)),
        toolConfig: {
          tools: [{ toolSpec: { name: "a", inputSchema: { json: { type: "object" } }, strict: true } }],
        },
      },
      /tools\.a\.input_schema: For 'object' type/,
    ],
    [
      "a tool without a known kind",
      { ...says(user(hi)), toolConfig: { tools: [{ name: "a" }] } },
      /Tool object at toolConfig\.tools\.0 must set one of/,
    ],
    [
      "a tool without a schema",
      { ...says(user(hi)), toolConfig: { tools: [{ toolSpec: { name: "a" } }] } },
      /toolSpec\.inputSchema is invalid/,
    ],
    [
      "a tool's schema for something other than an object",
      {
        ...says(user(hi)),
        toolConfig: { tools: [{ toolSpec: { name: "a", inputSchema: { json: { type: "array" } } } }] },
      },
      /inputSchema\.json\.type must be one of the following: object/,
    ],
    [
      "two tools with one name",
      { ...says(user(hi)), toolConfig: { tools: [toolConfig.tools[0], toolConfig.tools[0]] } },
      /duplicate tool names/,
    ],
    [
      "a temperature of 2",
      { ...says(user(hi)), inferenceConfig: { temperature: 2 } },
      /temperature.*less than/,
    ],
    [
      "a limit of 0 tokens",
      { ...says(user(hi)), inferenceConfig: { maxTokens: 0 } },
      /maxTokens.*greater than/,
    ],
  ])("the local Bedrock rejects %s with 400 ValidationException", async (_, body, message) => {
    const { status, name, text } = await answerTo(body);
    expect({ status, name }).toEqual({ status: 400, name: "ValidationException" });
    expect((JSON.parse(text) as { message: string }).message).toMatch(message);
  });
});

describe("a valid request", () => {
  test.each<[what: string, body: unknown]>([
    ["a conversation of three turns", says(user(hi), assistant(hi), user(hi))],
    ["the beginning of an assistant's answer", says(user(hi), assistant({ text: "The answer is" }))],
    ["all tool results in one turn", afterTools(["a", "b"], toolResult("b"), toolResult("a"), hi)],
    ["a tool result without content", afterTools(["a"], toolResult("a", []))],
    ["a tool id as Kimi sends it", afterTools(["functions.f:0"], toolResult("functions.f:0"))],
    [
      "the result of a server tool in the assistant's turn",
      {
        ...says(
          user(hi),
          assistant(toolUse("a", { type: "server_tool_use" }), toolResult("a", [{ json: {} }]), hi),
          user(hi),
        ),
        toolConfig,
      },
    ],
    [
      "a document name with every kind of allowed character",
      says(user(hi, document("My report_2 (a) [b]-c"))),
    ],
    ["a document before the text of its turn", says(user(document("a", { text: "The sky is blue." }), hi))],
    ["reasoning and its signature", reasoning({ reasoningText: { text: "a", signature: "s" } })],
    ["reasoning that has only a signature", reasoning({ reasoningText: { text: "", signature: "s" } })],
    ["redacted reasoning", reasoning({ redactedContent: bytes })],
    [
      "system texts in guardContent",
      { ...says(user(hi)), system: [{ guardContent: { text: { text: "Be kind" } } }] },
    ],
    [
      "a message in guardContent",
      says(user({ guardContent: { text: { text: "Hi", qualifiers: ["query"] } } })),
    ],
    [
      "cache points",
      {
        ...says(user(hi, { cachePoint: { type: "default" } })),
        system: [{ cachePoint: { type: "default" } }],
      },
    ],
    ["an image in S3", says(user({ image: { format: "png", source: { s3Location: { uri: "s3://a/b" } } } }))],
    [
      "a system message within the conversation",
      says(user(hi), assistant(hi), { role: "system", content: [hi] }, user(hi)),
    ],
    ["members that are null or unknown", says(user({ text: "Hi", image: null, mood: 1 }))],
    [
      "a system tool",
      { ...says(user(hi)), toolConfig: { tools: [{ systemTool: { name: "nova_grounding" } }] } },
    ],
  ])("the local Bedrock accepts %s", async (_, body) => {
    expect(await answerTo(body)).toMatchObject({ status: 200 });
  });
});

test.each([
  ["ContentBlock$", Object.keys(contentBlocks)],
  ["ToolResultContentBlock$", Object.keys(toolResultBlocks)],
  ["SystemContentBlock$", systemBlocks],
  ["ReasoningContentBlock$", reasoningBlocks],
  ["GuardrailConverseContentBlock$", guardedBlocks],
  ["DocumentSource$", sources],
  ["Tool$", tools],
] as const)("the kinds of %s are those in the SDK's schema", (shape, kinds) => {
  const members = (sdk[shape] as unknown as unknown[])[4] as string[];
  expect([...kinds].sort()).toEqual([...members].sort());
});
