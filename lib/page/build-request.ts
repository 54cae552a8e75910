// Builds the body of a request from what the user entered and the earlier turns.
import { withUniqueDocumentNames } from "../shared/document-names.ts";
import type { ContentBlock, Message } from "../wire.ts";

export interface Question {
  /** "" if the user wrote no text, which is allowed only in a message with tool results. */
  text: string;
  /** Images and documents. Two documents can have the same name. */
  files: ContentBlock[];
  /** "" for the service's default. */
  modelId: string;
  /** "" for no system prompt. */
  system: string;
  maxTokens: number | undefined;
  temperature: number | undefined;
  /** More members of the request. They override the members that are made from the other fields. */
  more: Record<string, unknown>;
}

export type RequestBody = Record<string, unknown>;

/**
 * `results` has the result of each tool call in the last answer, by the call's id. `earlier` is the conversation so far. The
 * document names in it cannot be used again.
 */
export function buildMessage(
  { text, files }: Question,
  results: ReadonlyMap<string, string>,
  earlier: Message[],
): Message {
  const toolResults = [...results].map(([toolUseId, result]): ContentBlock => {
    return { toolResult: { toolUseId, content: [{ text: result }] } };
  });
  const attached = withUniqueDocumentNames(files, earlier);
  const content = [...toolResults, ...attached, ...(text === "" ? [] : [{ text }])];
  return { role: "user", content };
}

/** A conversation that is a single text is sent as `prompt`, because that keeps the page's code examples short. */
export function buildRequest(question: Question, messages: Message[]): RequestBody {
  const { modelId, system, maxTokens, temperature, more } = question;
  const [first, ...others] = messages;
  const [block, ...blocks] = first?.content ?? [];
  const isPrompt = others.length === 0 && blocks.length === 0 && block?.text !== undefined;
  const inferenceConfig = {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
  };
  return {
    ...(modelId !== "" && { modelId }),
    ...(system !== "" && { system: [{ text: system }] }),
    ...(isPrompt ? { prompt: block.text } : { messages }),
    ...(Object.keys(inferenceConfig).length > 0 && { inferenceConfig }),
    ...more,
  };
}
