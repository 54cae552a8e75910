// Checks a conversation as Bedrock does, and reads the prompt and the number of input tokens.
import { checkConversation, usesTools } from "./validation/check-conversation.ts";
import { checkSettings } from "./validation/request-options.ts";
import { isJsonObject } from "./validation/validation-error.ts";
import type { JsonObject } from "../../wire.ts";

export interface Conversation {
  /** The text of the last user message. */
  prompt: string;
  /** An estimate for the messages, the system texts and the tools, with four characters for a token. */
  inputTokens: number;
}

/** Throws `ValidationError`. */
export function readConversation(body: JsonObject): Conversation {
  const messages = checkConversation(body["messages"]);
  checkSettings(body, usesTools(messages));
  const tools = isJsonObject(body["toolConfig"]) ? JSON.stringify(body["toolConfig"]["tools"]) : "";
  const texts = [...messages.map((message) => textOf(message["content"])), textOf(body["system"]), tools];
  return {
    prompt: textOf(messages.findLast(({ role }) => role === "user")?.["content"]),
    inputTokens: estimateTokens(texts.join("")),
  };
}

/** Returns at least 1, because no request is free. */
export function estimateTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

/** Joins the texts of content blocks, including those in `guardContent`. */
export function textOf(blocks: unknown): string {
  return ((blocks ?? []) as JsonObject[]).map(textOfBlock).join("");
}

function textOfBlock({ text, guardContent }: JsonObject): string {
  if (typeof text === "string") return text;
  const guarded = isJsonObject(guardContent) ? guardContent["text"] : undefined;
  return isJsonObject(guarded) && typeof guarded["text"] === "string" ? guarded["text"] : "";
}
