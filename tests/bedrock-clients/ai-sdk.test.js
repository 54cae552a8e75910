// Tests the AI SDK with the service: tools, objects, reasoning, aborting and errors. This file is JavaScript, so that the type
// checker does not need the SDK.
import { APICallError, generateText, isStepCount, Output, streamText, tool } from "ai";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { delta, ending, event } from "../../lib/local/bedrock/script.ts";
import { waitFor } from "../support/deadline.ts";
import { startTestStack } from "../support/servers/local-stack.ts";
import { createBedrock } from "./ai-sdk.js";

let stack;
let bedrock;
/** How each request ended, as the local Function URL reports it. */
const endings = [];
let ended = () => {};
beforeAll(async () => {
  const models = { "test.object": { description: "Calls a tool at once", script: callTool } };
  stack = await startTestStack({
    bedrock: { kind: "local", options: { deltasPerSecond: 200, models } },
    onRequest(report) {
      endings.push(report.ended);
      ended();
    },
  });
  bedrock = createBedrock(stack.url);
});
afterAll(() => stack.close());

/** To get an object, the AI SDK makes the model call a tool that has the object's schema. */
function* callTool(request) {
  expect(request.body["toolConfig"]).toMatchObject({ toolChoice: { any: {} } });
  yield event("messageStart", { role: "assistant" });
  const toolUse = { toolUseId: "tooluse_1", name: "json" };
  yield event("contentBlockStart", { contentBlockIndex: 0, start: { toolUse } });
  for (const fragment of JSON.stringify(input).match(/.{1,7}/gu)) {
    yield delta(0, { toolUse: { input: fragment } });
  }
  yield event("contentBlockStop", { contentBlockIndex: 0 });
  yield* ending(request, "tool_use", 9);
}

const prompt = "A story about rain";
/** The input that `local.tool` always sends. */
const input = { city: "Reykjavík", query: "☃?", days: 3 };
const schema = z.object({ city: z.string(), query: z.string(), days: z.number() });

describe("streamText()", () => {
  test("streamText() runs a tool, and sends the tool's result to the model for a second answer", async () => {
    const execute = vi.fn(async () => ({ celsius: 7 }));
    const { steps, text } = streamText({
      model: bedrock("local.tool"),
      prompt,
      tools: { get_weather: tool({ description: "The weather", inputSchema: schema, execute }) },
      stopWhen: isStepCount(2),
      prepareStep: ({ stepNumber }) => (stepNumber === 1 ? { model: bedrock("local.story") } : {}),
    });
    const [first, second] = await waitFor("the steps", steps);
    expect(execute).toHaveBeenCalledWith(input, expect.anything());
    expect(first).toMatchObject({ finishReason: "tool-calls", toolCalls: [{ input }] });
    expect(first?.toolResults).toMatchObject([{ toolName: "get_weather", output: { celsius: 7 } }]);
    expect(second).toMatchObject({ finishReason: "stop" });
    expect(await text).toMatch(/how it goes\."$/);
  });

  test("streamText() returns parts of an object while it arrives, and validates the complete object", async () => {
    const { partialOutputStream, output } = streamText({
      model: bedrock("test.object"),
      prompt,
      output: Output.object({ schema }),
    });
    const parts = [];
    for await (const part of partialOutputStream) parts.push(part);
    expect(parts.at(-1)).toEqual(input);
    expect(await output).toEqual(input);
  });

  test("streamText() returns reasoning separately from the text", async () => {
    const { text, reasoningText, finishReason } = streamText({ model: bedrock("local.thinking"), prompt });
    expect(await text).toBe("I have thought about it, and the answer is yes.");
    expect(await reasoningText).toMatch(/^The question is short\./);
    expect(await finishReason).toBe("stop");
  });

  test("streamText() closes the connection when its signal aborts", async () => {
    endings.length = 0;
    const over = new Promise((resolve) => (ended = resolve));
    const controller = new AbortController();
    const { fullStream } = streamText({
      model: bedrock("local.story"),
      prompt,
      abortSignal: controller.signal,
    });
    const types = [];
    for await (const { type } of fullStream) {
      types.push(type);
      if (type === "text-delta") controller.abort();
    }
    expect(types.at(-1)).toBe("abort");
    await waitFor("the end of the request", over);
    expect(endings).toEqual(["disconnected"]);
  });

  test("streamText() ends textStream normally after an error, and reports the error to onError and in finishReason", async () => {
    const errors = [];
    const { textStream, finishReason } = streamText({
      model: bedrock("local.cut"),
      prompt,
      onError: ({ error }) => void errors.push(error),
    });
    let text = "";
    for await (const piece of textStream) text += piece;
    expect(text).toMatch(/\w/);
    expect(errors).toMatchObject([{ message: expect.stringContaining("ended early") }]);
    expect(await finishReason).toBe("error");
  });
});

describe("generateText()", () => {
  test("generateText() returns an object", async () => {
    const { output } = await generateText({
      model: bedrock("test.object"),
      prompt,
      output: Output.object({ schema }),
    });
    expect(output).toEqual(input);
  });

  test("generateText() returns reasoning separately from the text", async () => {
    const { text, reasoningText } = await generateText({ model: bedrock("local.thinking"), prompt });
    expect(text).toBe("I have thought about it, and the answer is yes.");
    expect(reasoningText).toMatch(/^The question is short\./);
  });

  test.each([
    ["local.throttled", 429, true],
    ["local.unavailable", 503, true],
    ["local.cut", 424, false],
    ["local.denied", 403, false],
  ])(
    "generateText() with the model %s throws an error with the status %i and isRetryable %s",
    async (model, statusCode, isRetryable) => {
      const error = await generateText({ model: bedrock(model), prompt, maxRetries: 0 }).catch(
        (reason) => reason,
      );
      expect(APICallError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({ statusCode, isRetryable });
    },
  );
});
