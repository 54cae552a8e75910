// The types of the wire format, which service and client share: the request, and the lines of the response.
//
// Bedrock's types have the JSON form that AWS documents (bytes are base64 strings), not the SDK's form:
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
export type { ContentBlockDelta, ContentBlockStart } from "./wire/deltas.ts";
export type { GuardrailAssessment, GuardrailTrace } from "./wire/guardrail-trace.ts";
export type { Json, JsonObject } from "./wire/json.ts";
export type {
  ContentBlockDeltaLine,
  ContentBlockStartLine,
  ContentBlockStopLine,
  ConverseTrace,
  EndLine,
  ErrorLine,
  Line,
  MessageStartLine,
  MessageStopLine,
  MetadataLine,
  PingLine,
  StartLine,
  StopReason,
  Timing,
  Usage,
  WireError,
} from "./wire/lines.ts";
export type {
  AudioBlock,
  AudioFormat,
  DocumentBlock,
  DocumentFormat,
  ImageBlock,
  ImageFormat,
  MediaSource,
  S3Location,
  SearchResultBlock,
  VideoBlock,
  VideoFormat,
} from "./wire/media.ts";
export type {
  CachePointBlock,
  Citation,
  CitationLocation,
  CitationsContentBlock,
  ContentBlock,
  ContentBlockKinds,
  GuardContentBlock,
  Message,
  ReasoningContent,
  ToolChangeBlock,
  ToolResultBlock,
  ToolResultContentBlock,
  ToolUseBlock,
  UnknownContentBlock,
} from "./wire/content-blocks.ts";
export type { ModelList, ServedModel } from "./wire/model-list.ts";
export type {
  ConverseRequest,
  ConverseSettings,
  GuardrailConfiguration,
  InferenceConfiguration,
  OutputConfig,
  OutputFormat,
  PerformanceConfiguration,
  ServiceTier,
  SystemContentBlock,
  Tool,
  ToolChoice,
  ToolConfiguration,
  ToolSpecification,
} from "./wire/request.ts";
