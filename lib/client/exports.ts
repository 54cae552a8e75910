// The public exports that are the same on Node and on all other runtimes.
export type * from "../wire.ts";
export type { Client, ClientOptions, ConverseOptions } from "./client.ts";
export type { Credentials, CredentialsProvider } from "../signer/credentials.ts";
export type { Dispatcher } from "./dispatcher.ts";
export {
  AbortError,
  AuthorizationError,
  ConfigurationError,
  DeltapipeError,
  type ErrorCode,
  type ErrorDetails,
  IncompleteAnswerError,
  RequestError,
  RetryLaterError,
  ServiceError,
  StreamCutError,
  StreamFailedError,
  TimeoutError,
} from "./errors.ts";
export type { ConverseEvent, ConverseResult, UnknownEvent } from "./converse-event.ts";
export type { RetryOptions } from "./retry.ts";
export type {
  AnswerFormat,
  ConverseStream,
  ReadableStreamOptions,
  ResponseOptions,
} from "./converse-stream.ts";
export { unknownContentBlock } from "./unknown-content-block.ts";
export type { ObjectResult, ObjectStream } from "./structured/object-answer.ts";
export type { PartialObject } from "./structured/partial-object.ts";
export type { JsonSchema, Schema, SchemaIssue, SchemaResult, StandardSchema } from "./structured/schema.ts";
export { SchemaMismatchError } from "./structured/schema-mismatch-error.ts";
export type { ToolCall, ToolCallOf } from "./structured/tool-call.ts";
export { toolResult } from "./structured/tool-result.ts";
export type { ToolDefinition, ToolDefinitions, ToolRequest } from "./structured/tools.ts";
