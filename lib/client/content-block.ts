// Builds one content block of the message from its events.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlockDelta.html
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
import type {
  Citation,
  ContentBlock,
  ImageBlock,
  Json,
  JsonObject,
  ToolResultBlock,
  ToolUseBlock,
} from "../wire.ts";
import { isObject, parseObject } from "../shared/json-object.ts";
import { createTextPieces } from "./text-pieces.ts";

export interface BlockBuilder {
  /** The `start` of a `contentBlockStart` event. */
  start(start: unknown): void;
  /** The `delta` of a `contentBlockDelta` event. Unknown kinds of deltas are left out. */
  add(delta: unknown): void;
  /** Everything that has arrived: usually one block, or none if there is only empty text. */
  build(): ContentBlock[];
}

export function createBlockBuilder(): BlockBuilder {
  const text = createTextPieces();
  const input = createTextPieces();
  const reasoning = createTextPieces();
  const signature = createTextPieces();
  const redacted: string[] = [];
  const imageBytes: string[] = [];
  const citations: JsonObject[] = [];
  const results: Json[] = [];
  let toolUse: JsonObject | undefined;
  let toolResult: JsonObject | undefined;
  let image: JsonObject | undefined;

  function start(value: unknown): void {
    toolUse = member(value, "toolUse") ?? toolUse;
    toolResult = member(value, "toolResult") ?? toolResult;
    image = member(value, "image") ?? image;
  }

  function add(delta: unknown): void {
    if (!isObject(delta)) return;
    text.add(delta["text"]);
    input.add(member(delta, "toolUse")?.["input"]);
    const thought = member(delta, "reasoningContent");
    reasoning.add(thought?.["text"]);
    signature.add(thought?.["signature"]);
    addString(redacted, thought?.["redactedContent"]);
    const citation = member(delta, "citation");
    if (citation) citations.push(citation);
    if (Array.isArray(delta["toolResult"])) results.push(...delta["toolResult"]);
    addImage(member(delta, "image"));
  }

  function addImage(delta: JsonObject | undefined): void {
    const source = member(delta, "source");
    const error = member(delta, "error");
    // A source of another kind, such as `s3Location`, arrives complete in one delta.
    if (!addString(imageBytes, source?.["bytes"]) && source) image = { ...image, source };
    if (error) image = { ...image, error };
  }

  function build(): ContentBlock[] {
    const blocks: ContentBlock[] = [];
    const plain = text.text() ?? "";
    if (redacted.length > 0) blocks.push({ reasoningContent: { redactedContent: joinBase64(redacted) } });
    const reasoningText = buildReasoning();
    if (reasoningText) blocks.push({ reasoningContent: { reasoningText } });
    if (citations.length > 0) {
      const content = [{ text: plain }];
      blocks.push({ citationsContent: { content, citations: [...citations] as Citation[] } });
    } else if (plain !== "") blocks.push({ text: plain });
    if (toolUse) {
      blocks.push({ toolUse: { ...toolUse, input: buildInput(toolUse["input"]) } as ToolUseBlock });
    }
    if (toolResult) blocks.push({ toolResult: buildResult(toolResult) });
    const source = imageBytes.length > 0 && { source: { bytes: joinBase64(imageBytes) } };
    const picture = { ...image, ...source };
    if (Object.keys(picture).length > 0) blocks.push({ image: picture as unknown as ImageBlock });
    return blocks;
  }

  function buildReasoning(): { text: string; signature?: string } | undefined {
    const [thought, signed] = [reasoning.text(), signature.text()];
    if (signed !== undefined) return { text: thought ?? "", signature: signed };
    return thought === undefined ? undefined : { text: thought };
  }

  /** Some services that imitate Bedrock send the complete input in `contentBlockStart` and no fragments. */
  function buildInput(given: Json = {}): Json {
    const fragments = input.text() ?? "";
    if (fragments.trim() !== "") return parseInput(fragments);
    return parseInput(typeof given === "string" ? given : JSON.stringify(given));
  }

  function buildResult(start: JsonObject): ToolResultBlock {
    const given = start["content"];
    const content = results.length === 0 && Array.isArray(given) ? given : results;
    return { ...start, content: [...content] } as unknown as ToolResultBlock;
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

/** Returns one character for each byte. Skips characters that are not base64, because `atob` throws for them. */
function decodeBase64(piece: string): string {
  const digits = piece
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .replaceAll(/[^A-Za-z0-9+/]/g, "");
  return atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits);
}

/** Adds the piece if it is a string. Returns whether it is one. */
function addString(pieces: string[], piece: unknown): boolean {
  return typeof piece === "string" && pieces.push(piece) > 0;
}

function member(value: unknown, name: string): JsonObject | undefined {
  const found = isObject(value) ? value[name] : undefined;
  return isObject(found) ? (found as JsonObject) : undefined;
}
