// Builds one content block of the message from its events.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlockDelta.html
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
import type {
  Citation,
  ContentBlock,
  ImageBlock,
  Json,
  JsonObject,
  ReasoningContent,
  ToolResultBlock,
  ToolUseBlock,
} from "../wire.ts";
import { isObject, parseObject } from "../shared/json-object.ts";
import { createTextPieces, type TextPieces } from "./text-pieces.ts";

export interface BlockBuilder {
  /** The `start` of a `contentBlockStart` event. */
  start(start: unknown): void;
  /** The `delta` of a `contentBlockDelta` event. Unknown kinds of deltas are left out. */
  add(delta: unknown): void;
  /** Everything that has arrived: usually one block, or none if there is only empty text. */
  build(): ContentBlock[];
}

export function createBlockBuilder(): BlockBuilder {
  let toolUse: JsonObject | undefined;
  let toolResult: JsonObject | undefined;
  let image: JsonObject | undefined;
  let input: TextPieces | undefined;
  let text: TextPieces | undefined;
  let reasoning: TextPieces | undefined;
  let signature: TextPieces | undefined;
  const redacted: string[] = [];
  const imageBytes: string[] = [];
  let imageSource: JsonObject | undefined;
  let imageError: JsonObject | undefined;
  const citations: JsonObject[] = [];
  const results: Json[] = [];

  function start(value: unknown): void {
    toolUse = member(value, "toolUse") ?? toolUse;
    toolResult = member(value, "toolResult") ?? toolResult;
    image = member(value, "image") ?? image;
  }

  function add(delta: unknown): void {
    if (!isObject(delta)) return;
    text = addPiece(text, delta["text"]);
    input = addPiece(input, member(delta, "toolUse")?.["input"]);
    addReasoning(member(delta, "reasoningContent"));
    const citation = member(delta, "citation");
    if (citation) citations.push(citation);
    if (Array.isArray(delta["toolResult"])) results.push(...delta["toolResult"]);
    addImage(member(delta, "image"));
  }

  function addImage(delta: JsonObject | undefined): void {
    const source = member(delta, "source");
    const bytes = source?.["bytes"];
    if (typeof bytes === "string") imageBytes.push(bytes);
    // Another kind of source, such as `s3Location`.
    else imageSource = source ?? imageSource;
    imageError = member(delta, "error") ?? imageError;
  }

  function addReasoning(content: JsonObject | undefined): void {
    reasoning = addPiece(reasoning, content?.["text"]);
    signature = addPiece(signature, content?.["signature"]);
    const bytes = content?.["redactedContent"];
    if (typeof bytes === "string") redacted.push(bytes);
  }

  function build(): ContentBlock[] {
    const blocks: ContentBlock[] = [];
    if (redacted.length > 0) blocks.push({ reasoningContent: { redactedContent: joinBase64(redacted) } });
    if (reasoning || signature) blocks.push({ reasoningContent: buildReasoning() });
    const plain = text?.text() ?? "";
    const cited = { content: [{ text: plain }], citations: [...citations] as Citation[] };
    if (citations.length > 0) blocks.push({ citationsContent: cited });
    else if (plain !== "") blocks.push({ text: plain });
    if (toolUse)
      blocks.push({ toolUse: { ...toolUse, input: buildInput(toolUse["input"]) } as ToolUseBlock });
    if (toolResult) blocks.push({ toolResult: buildResult(toolResult) });
    const picture = buildImage();
    if (Object.keys(picture).length > 0) blocks.push({ image: picture as unknown as ImageBlock });
    return blocks;
  }

  /** Some services that imitate Bedrock send the complete input in `contentBlockStart` and no fragments. */
  function buildInput(given: Json | undefined): Json {
    const fragments = input?.text() ?? "";
    if (given === undefined || fragments.trim() !== "") return parseInput(fragments);
    if (isObject(given)) return given;
    return parseInput(typeof given === "string" ? given : JSON.stringify(given));
  }

  function buildResult(start: JsonObject): ToolResultBlock {
    const given = start["content"];
    const content = results.length === 0 && Array.isArray(given) ? [...given] : [...results];
    return { ...start, content } as unknown as ToolResultBlock;
  }

  function buildImage(): JsonObject {
    const source = imageBytes.length > 0 ? { bytes: joinBase64(imageBytes) } : imageSource;
    return { ...image, ...(source && { source }), ...(imageError && { error: imageError }) };
  }

  function buildReasoning(): ReasoningContent {
    const reasoningText = { text: reasoning?.text() ?? "" };
    return { reasoningText: signature ? { ...reasoningText, signature: signature.text() } : reasoningText };
  }

  return { start, add, build };
}

/**
 * `{}` if there is no text, since a call without arguments arrives without fragments. Text that is not a JSON object stays text.
 */
function parseInput(text: string): Json {
  if (text.trim() === "") return {};
  return (parseObject(text) as JsonObject | undefined) ?? text;
}

/** Decodes each piece on its own, because each may end with padding. */
function joinBase64(pieces: string[]): string {
  return pieces.length <= 1 ? (pieces[0] ?? "") : btoa(pieces.map(decodeBase64).join(""));
}

/** One character for each byte. Lenient, since `atob` throws for anything that is not base64. */
function decodeBase64(piece: string): string {
  const digits = piece
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replaceAll(/[^A-Za-z0-9+/]/g, "");
  return atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits);
}

function addPiece(pieces: TextPieces | undefined, piece: unknown): TextPieces | undefined {
  if (typeof piece !== "string") return pieces;
  const all = pieces ?? createTextPieces();
  all.add(piece);
  return all;
}

function member(value: unknown, name: string): JsonObject | undefined {
  const found = isObject(value) ? value[name] : undefined;
  return isObject(found) ? (found as JsonObject) : undefined;
}
