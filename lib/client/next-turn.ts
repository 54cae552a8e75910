// Turns an answer into a message for the next request, without the content that Bedrock sends but does not accept.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
import type {
  CitationsContentBlock,
  ContentBlock,
  Message,
  ReasoningContent,
  ToolResultContentBlock,
} from "../wire.ts";

/**
 * Bedrock rejects text that it calls "blank": text that contains only white space as Java defines it, which includes some
 * control characters.
 */
const blank = /^[\s\p{Cc}]*$/u;
const loneSurrogates = /\p{Surrogate}/gu;

// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html
const toolName = /^[a-zA-Z0-9_-]{1,64}$/;
const toolUseId = /^[a-zA-Z0-9_.:-]{1,64}$/;

/** `undefined` if nothing is left, or only reasoning, which Bedrock does not accept as a message. */
export function turnOf({ role, content }: Message): Message | undefined {
  const legal = content.map(legalBlock).filter((block) => block !== undefined);
  // Claude rejects a message that ends with reasoning: https://github.com/tailcallhq/forgecode/issues/2107
  const end = legal.findLastIndex(({ reasoningContent }) => reasoningContent === undefined) + 1;
  return end === 0 ? undefined : { role, content: legal.slice(0, end) };
}

function legalBlock(block: ContentBlock): ContentBlock | undefined {
  const { text, reasoningContent, citationsContent, toolUse, toolResult } = block;
  if (text !== undefined) return isBlank(text) ? undefined : { text: wellFormed(text) };
  if (reasoningContent) return isAccepted(reasoningContent) ? block : undefined;
  if (citationsContent) return legalCitations(citationsContent);
  if (toolUse) return fits(toolName, toolUse.name) && fits(toolUseId, toolUse.toolUseId) ? block : undefined;
  if (toolResult) return { toolResult: { ...toolResult, content: withoutBlankTexts(toolResult.content) } };
  // The block is either an image, which Bedrock accepts only in a user's message, or unknown to this version.
  return undefined;
}

/**
 * Claude and DeepSeek reject reasoning without a signature, gpt-oss rejects empty reasoning, and no model needs either:
 * https://github.com/vercel/ai/issues/7034, https://github.com/aws-samples/bedrock-chat/pull/851,
 * https://github.com/aws-samples/bedrock-engineer/issues/239
 * Claude's adaptive thinking sends a signature without text, and that has to be returned:
 * https://github.com/0xPlaygrounds/rig/issues/1684
 */
function isAccepted({ reasoningText, redactedContent }: ReasoningContent): boolean {
  return reasoningText ? !isBlank(reasoningText.signature ?? "") : (redactedContent ?? "") !== "";
}

function legalCitations(block: CitationsContentBlock): ContentBlock | undefined {
  const content = (block.content ?? [])
    .filter(({ text }) => !isBlank(text))
    .map(({ text }) => ({ text: wellFormed(text) }));
  return content.length === 0 ? undefined : { citationsContent: { ...block, content } };
}

function withoutBlankTexts(content: ToolResultContentBlock[]): ToolResultContentBlock[] {
  return content.filter((result) => !isBlankText(result));
}

/** A result can be null if Bedrock itself ran the tool, because Bedrock passes on whatever the tool returned. */
function isBlankText(result: ToolResultContentBlock | null): boolean {
  const text = result?.text;
  return typeof text === "string" && isBlank(text);
}

function fits(form: RegExp, value: unknown): boolean {
  return typeof value === "string" && form.test(value);
}

function isBlank(text: string): boolean {
  return blank.test(text);
}

/** Replaces each unpaired surrogate, which UTF-8 cannot express. `max_tokens` can cut a text in the middle of a pair. */
function wellFormed(text: string): string {
  return text.replaceAll(loneSurrogates, "\uFFFD");
}
