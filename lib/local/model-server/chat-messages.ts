// Translates a conversation to the messages of the chat completions API.
// https://platform.openai.com/docs/api-reference/chat/create#chat_create-messages
import { chatContent } from "./chat-parts.ts";
import { reasoningOf, toolCalls, toolMessages } from "./chat-tool-turns.ts";
import type { ContentBlock, ConverseSettings, JsonObject, Message } from "../../wire.ts";

export interface Conversation {
  system?: ConverseSettings["system"] | null;
  messages: readonly Message[];
}

/** Throws `ValidationError` for content that has no counterpart. */
export function chatMessages({ system, messages }: Conversation): JsonObject[] {
  const instructions = chatContent((system ?? []) as ContentBlock[], "system");
  return [
    ...(instructions === undefined ? [] : [{ role: "system", content: instructions }]),
    ...messages.flatMap(({ role, content }, index) => {
      const path = `messages.${index}.content`;
      if (role === "assistant") return [assistantMessage(content, path)];
      // Tool results come first, because they have to follow the tool calls directly.
      const others = chatContent(content, path, { except: ["toolResult"], images: role === "user" });
      return [...toolMessages(content, path), ...(others === undefined ? [] : [{ role, content: others }])];
    }),
  ];
}

function assistantMessage(content: readonly ContentBlock[], path: string): JsonObject {
  const reasoning = reasoningOf(content, path);
  const calls = toolCalls(content);
  return {
    role: "assistant",
    // The default is not null, because some chat templates write null into the prompt as a word.
    content: chatContent(content, path, { except: ["toolUse", "reasoningContent"] }) ?? "",
    ...(reasoning !== "" && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}
