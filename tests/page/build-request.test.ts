// Tests the messages and the requests that the page makes from what the user enters.
import { describe, expect, test } from "vitest";
import { buildMessage, buildRequest, type Question } from "../../lib/page/build-request.ts";

const question: Question = {
  text: "Why?",
  files: [],
  modelId: "",
  system: "",
  maxTokens: undefined,
  temperature: undefined,
  more: {},
};
const image = { image: { format: "png" as const, source: { bytes: "AA==" } } };

describe("a message", () => {
  test("a message has the results of tools first, as Bedrock demands, then files, then text", () => {
    const message = buildMessage({ ...question, files: [image] }, new Map([["call-1", "sunny"]]), []);
    const toolResult = { toolUseId: "call-1", content: [{ text: "sunny" }] };
    expect(message).toEqual({ role: "user", content: [{ toolResult }, image, { text: "Why?" }] });
  });

  test("a message has no text block if the user wrote only results of tools, because Bedrock rejects blank text", () => {
    const { content } = buildMessage({ ...question, text: "" }, new Map([["call-1", ""]]), []);
    expect(content).toHaveLength(1);
  });
});

describe("a request", () => {
  const message = buildMessage(question, new Map(), []);

  test("a request has a prompt instead of messages if there is only one text, and no members for empty fields", () => {
    expect(buildRequest(question, [message])).toEqual({ prompt: "Why?" });
  });

  test("a request has messages if there are files or earlier turns", () => {
    const withImage = buildMessage({ ...question, files: [image] }, new Map(), []);
    expect(buildRequest(question, [withImage])).toEqual({ messages: [withImage] });
    const before = [message, { role: "assistant" as const, content: [{ text: "So." }] }];
    expect(buildRequest(question, [...before, message])).toEqual({ messages: [...before, message] });
  });

  test("the members that the user wrote as JSON replace those of the other fields in a request", () => {
    const more = { inferenceConfig: { topP: 0.9 }, requestMetadata: { team: "a" } };
    expect(buildRequest({ ...question, maxTokens: 5, temperature: 0, more }, [message])).toEqual({
      prompt: "Why?",
      ...more,
    });
    expect(buildRequest({ ...question, maxTokens: 5, temperature: 0 }, [message])).toMatchObject({
      inferenceConfig: { maxTokens: 5, temperature: 0 },
    });
  });
});
