// Checks one block of a message's or a tool result's content.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
import { checkBytes, checkDocument, checkSourced } from "./check-media.ts";
import { checkName, checkToolUseId } from "./constraints.ts";
import {
  checkText,
  emptyValue,
  isPresent,
  requireList,
  requireObject,
  requireString,
  requireUnion,
  ValidationError,
} from "./validation-error.ts";

type Check = (content: unknown, path: string) => void;

/** The kinds of blocks that ConverseStream accepts. `path` is the block's path, such as `messages.0.content.1`. */
export const contentBlocks = {
  text: checkText,
  image: checkSourced("image"),
  document: checkDocument,
  video: checkSourced("video"),
  audio: checkSourced("audio"),
  toolUse: checkToolUse,
  toolResult: checkToolResult,
  guardContent: checkGuardContent,
  cachePoint: checkShape("cachePoint"),
  reasoningContent: checkReasoning,
  citationsContent: checkShape("citationsContent"),
  searchResult: checkShape("searchResult"),
  toolAddition: checkShape("toolAddition"),
  toolRemoval: checkShape("toolRemoval"),
} satisfies Record<string, Check>;

export const toolResultBlocks = {
  json: (content, path) => void requireObject(content, `${path}.json`),
  text: checkText,
  image: contentBlocks.image,
  document: checkDocument,
  video: contentBlocks.video,
  searchResult: contentBlocks.searchResult,
} satisfies Record<string, Check>;

export const reasoningBlocks = ["reasoningText", "redactedContent"] as const;
export const guardedBlocks = ["text", "image"] as const;

export type BlockKind = keyof typeof contentBlocks;

/** Returns the kind of the block and its content. Throws `ValidationError`. */
export function checkContentBlock(block: unknown, path: string): [kind: BlockKind, content: unknown] {
  const keys = Object.keys(contentBlocks) as BlockKind[];
  const [kind, content] = requireUnion(block, { path, shape: "ContentBlock", keys });
  contentBlocks[kind](content, path);
  return [kind, content];
}

/** Also used for system texts: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html */
export function checkGuardContent(content: unknown, path: string): void {
  const inside = `${path}.guardContent`;
  const shape = "GuardrailConverseContentBlock";
  const [kind, value] = requireUnion(content, { path: inside, shape, keys: guardedBlocks });
  if (kind === "text") {
    checkText(requireObject(value, `${inside}.text`)["text"], `${inside}.text`, "GuardrailConverseTextBlock");
  } else {
    checkSourced("image")(value, inside);
  }
}

function checkShape(kind: string): Check {
  return (content, path) => void requireObject(content, `${path}.${kind}`);
}

function checkToolUse(content: unknown, path: string): void {
  const inside = `${path}.toolUse`;
  const toolUse = requireObject(content, inside);
  checkToolUseId(toolUse["toolUseId"], `${inside}.toolUseId`);
  checkName(toolUse["name"], `${inside}.name`);
  requireObject(toolUse["input"], `${inside}.input`);
}

/** The content may be empty, unless the status is `error`: https://github.com/run-llama/llama_index/pull/18914 */
function checkToolResult(content: unknown, path: string): void {
  const inside = `${path}.toolResult`;
  const result = requireObject(content, inside);
  checkToolUseId(result["toolUseId"], `${inside}.toolUseId`);
  const blocks = requireList(result["content"], `${inside}.content`);
  if (blocks.length === 0 && result["status"] === "error") {
    throw new ValidationError(`The content field at ${inside} cannot be empty when status value is error.`);
  }
  const keys = Object.keys(toolResultBlocks) as (keyof typeof toolResultBlocks)[];
  blocks.forEach((block, index) => {
    const at = `${inside}.content.${index}`;
    const [kind, value] = requireUnion(block, { path: at, shape: "ToolResultContentBlock", keys });
    toolResultBlocks[kind](value, at);
  });
}

/**
 * The text may be empty if there is a signature. Models that hide their reasoning send such blocks, and need the signature
 * back.
 */
function checkReasoning(content: unknown, path: string): void {
  const inside = `${path}.reasoningContent`;
  const shape = "ReasoningContentBlock";
  const [kind, value] = requireUnion(content, { path: inside, shape, keys: reasoningBlocks });
  if (kind === "redactedContent") return checkBytes(value, `${inside}.redactedContent`);
  const { text, signature } = readReasoning(value, `${inside}.reasoningText`);
  if (signature === "") {
    throw emptyValue(`${inside}.reasoningText.signature`);
  }
  if (signature === undefined) checkText(text, `${inside}.reasoningText`, "ReasoningTextBlock");
}

function readReasoning(value: unknown, path: string): { text: string; signature: string | undefined } {
  const { text, signature } = requireObject(value, path);
  return {
    text: requireString(text, `${path}.text`),
    signature: isPresent(signature) ? requireString(signature, `${path}.signature`) : undefined,
  };
}
