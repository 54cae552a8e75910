// Messages and their content blocks, in requests and in complete answers.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
import type { Json, OneOf, Open } from "./json.ts";
import type { AudioBlock, DocumentBlock, ImageBlock, SearchResultBlock, VideoBlock } from "./media.ts";

/** One turn of a conversation. Only some models accept messages of the role `system`. */
export interface Message {
  role: "user" | "assistant" | "system";
  content: ContentBlock[];
}

/** The kinds of content blocks, each with the type of its member. */
export interface ContentBlockKinds {
  text: string;
  image: ImageBlock;
  document: DocumentBlock;
  video: VideoBlock;
  audio: AudioBlock;
  toolUse: ToolUseBlock;
  toolResult: ToolResultBlock;
  guardContent: GuardContentBlock;
  cachePoint: CachePointBlock;
  reasoningContent: ReasoningContent;
  citationsContent: CitationsContentBlock;
  searchResult: SearchResultBlock;
  toolAddition: ToolChangeBlock;
  toolRemoval: ToolChangeBlock;
}

declare const unknownKind: unique symbol;

/** A content block of a kind that this version does not know, made by `unknownContentBlock`. */
export type UnknownContentBlock = { [Kind in keyof ContentBlockKinds]?: undefined } & {
  readonly [unknownKind]: true;
};

/**
 * One block of a message: exactly one of the members of {@link ContentBlockKinds} is set. A kind that Bedrock introduced
 * after this version is an {@link UnknownContentBlock}.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
 */
export type ContentBlock = OneOf<ContentBlockKinds> | UnknownContentBlock;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html */
export interface ToolUseBlock {
  toolUseId: string;
  name: string;
  /** A JSON object. If its JSON text was cut off, as in an error's `partial`, a string: the part that had arrived. */
  input: Json;
  /** `server_tool_use` for tools that Bedrock runs itself. */
  type?: Open<"server_tool_use"> | undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolResultBlock.html */
export interface ToolResultBlock {
  /** The id of the tool use. */
  toolUseId: string;
  content: ToolResultContentBlock[];
  /** Default: `success`. */
  status?: "error" | "success" | undefined;
  type?: string | undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolResultContentBlock.html */
export type ToolResultContentBlock = OneOf<{
  json: Json;
  text: string;
  image: ImageBlock;
  document: DocumentBlock;
  video: VideoBlock;
  searchResult: SearchResultBlock;
}>;

/** Offers or withdraws a tool in the middle of a conversation. */
export interface ToolChangeBlock {
  tool: { type?: string | undefined; name?: string | undefined; serverName?: string | undefined };
}

/** Content for a guardrail: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html */
export type GuardContentBlock = OneOf<{
  text: {
    text: string;
    qualifiers?: ("grounding_source" | "guard_content" | "query")[] | undefined;
  };
  image: {
    format: "jpeg" | "png";
    /** `bytes` is base64. */
    source: { bytes: string };
  };
}>;

/** Everything before this block is cached: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html */
export interface CachePointBlock {
  type: "default";
  /** Default: `5m`. */
  ttl?: "5m" | "1h" | undefined;
}

/** A model's reasoning. Send `signature` and `redactedContent` (base64) back to Bedrock unchanged. */
export type ReasoningContent = OneOf<{
  reasoningText: { text: string; signature?: string | undefined };
  redactedContent: string;
}>;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationsContentBlock.html */
export interface CitationsContentBlock {
  content?: { text: string }[] | undefined;
  citations?: Citation[] | undefined;
}

/** A source that supports a generated text. */
export interface Citation {
  title?: string | undefined;
  source?: string | undefined;
  sourceContent?: { text: string }[] | undefined;
  location?: CitationLocation | undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationLocation.html */
export type CitationLocation = OneOf<{
  web: { url?: string | undefined; domain?: string | undefined };
  documentChar: DocumentRange;
  documentPage: DocumentRange;
  documentChunk: DocumentRange;
  searchResultLocation: {
    searchResultIndex?: number | undefined;
    start?: number | undefined;
    end?: number | undefined;
  };
}>;

interface DocumentRange {
  documentIndex?: number | undefined;
  start?: number | undefined;
  end?: number | undefined;
}
