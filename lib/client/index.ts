// Public exports of the client.
export type {
  ContentBlock,
  ContentBlockDelta,
  ContentBlockDeltaLine,
  ContentBlockStartLine,
  ContentBlockStopLine,
  ConverseRequest,
  EndLine,
  ErrorLine,
  Json,
  JsonObject,
  Line,
  Message,
  MessageStartLine,
  MessageStopLine,
  MetadataLine,
  PingLine,
  ReasoningContent,
  StartLine,
  StopReason,
  Timing,
  Usage,
  WireError,
} from "../wire.ts";
export { type Client, type ClientOptions, type ConverseOptions, createClient } from "./client.ts";
export type { Credentials, CredentialsProvider } from "../signer/credentials.ts";
export {
  AbortedError,
  AuthorizationError,
  ConfigurationError,
  DeltapipeError,
  type ErrorDetails,
  RequestError,
  RetryLaterError,
  ServiceError,
  StreamCutError,
  StreamFailedError,
} from "./errors.ts";
export type { ConverseEvent, ConverseResult, UnknownEvent } from "./converse-event.ts";
export type { RetryOptions } from "./retry.ts";
export type { ConverseStream } from "./answer-stream.ts";
