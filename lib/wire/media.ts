// Images, audio, video, documents and search results in messages. All bytes are base64 strings.
import type { OneOf } from "./json.ts";

/** A file in S3. Rejected unless the service allows `remoteSources`. */
export interface S3Location {
  uri: string;
  bucketOwner?: string | undefined;
}

/** `bytes` is base64. `s3Location` is rejected unless the service allows `remoteSources`. */
export type MediaSource = OneOf<{ bytes: string; s3Location: S3Location }>;

/** Why a model could not make a piece of media. */
export interface ErrorBlock {
  message?: string | undefined;
}

export type ImageFormat = "gif" | "jpeg" | "png" | "webp";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ImageBlock.html */
export interface ImageBlock {
  format: ImageFormat;
  source: MediaSource;
  error?: ErrorBlock | undefined;
}

export type AudioFormat =
  | "aac"
  | "flac"
  | "m4a"
  | "mka"
  | "mkv"
  | "mp3"
  | "mp4"
  | "mpeg"
  | "mpga"
  | "ogg"
  | "opus"
  | "pcm"
  | "wav"
  | "webm"
  | "x-aac";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_AudioBlock.html */
export interface AudioBlock {
  format: AudioFormat;
  source: MediaSource;
  error?: ErrorBlock | undefined;
}

export type VideoFormat = "flv" | "mkv" | "mov" | "mp4" | "mpeg" | "mpg" | "three_gp" | "webm" | "wmv";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_VideoBlock.html */
export interface VideoBlock {
  format: VideoFormat;
  source: MediaSource;
}

export type DocumentFormat = "csv" | "doc" | "docx" | "html" | "md" | "pdf" | "txt" | "xls" | "xlsx";

/** Whether the model cites this document or search result. */
export interface CitationsConfig {
  enabled: boolean;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html */
export interface DocumentBlock {
  format?: DocumentFormat | undefined;
  /** Letters, digits, single spaces, hyphens, parentheses and brackets. */
  name: string;
  source: OneOf<{ bytes: string; s3Location: S3Location; text: string; content: { text: string }[] }>;
  context?: string | undefined;
  citations?: CitationsConfig | undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_SearchResultBlock.html */
export interface SearchResultBlock {
  /** Where the text comes from, such as a URL. */
  source: string;
  title: string;
  content: { text: string }[];
  citations?: CitationsConfig | undefined;
}
