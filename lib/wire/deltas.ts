// The pieces of content blocks in which an answer arrives.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlockDelta.html
import type { Json, OneOf, Open } from "./json.ts";
import type { ErrorBlock, ImageFormat, MediaSource } from "./media.ts";
import type { CitationLocation } from "./content-blocks.ts";

interface ContentBlockStartKinds {
  toolUse: { toolUseId: string; name: string; type?: Open<"server_tool_use"> | undefined };
  toolResult: {
    toolUseId: string;
    type?: string | undefined;
    status?: "error" | "success" | undefined;
  };
  image: { format: ImageFormat };
}

/** The beginning of a content block. One member is set, possibly one that this version does not know. */
export type ContentBlockStart = OneOf<ContentBlockStartKinds> | NoneOf<ContentBlockStartKinds>;

interface ContentBlockDeltaKinds {
  text: string;
  /** A fragment of the input's JSON text. */
  toolUse: { input: string };
  toolResult: ToolResultDelta[];
  /** `redactedContent` is base64. */
  reasoningContent: OneOf<{ text: string; redactedContent: string; signature: string }>;
  citation: CitationDelta;
  image: { source?: MediaSource | undefined; error?: ErrorBlock | undefined };
}

/** One piece of a content block. One member is set, possibly one that this version does not know. */
export type ContentBlockDelta = OneOf<ContentBlockDeltaKinds> | NoneOf<ContentBlockDeltaKinds>;

/** One piece of a tool's result. */
export type ToolResultDelta = OneOf<{ text: string; json: Json }>;

/** One citation for the text before this delta. */
export interface CitationDelta {
  title?: string | undefined;
  source?: string | undefined;
  sourceContent?: { text?: string | undefined }[] | undefined;
  location?: CitationLocation | undefined;
}

/** An object that has none of the known kinds. */
type NoneOf<Kinds> = { [Kind in keyof Kinds]?: undefined };
