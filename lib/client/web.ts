// The client for browsers, Bun and Workers: the same names as `index.ts`, which declares the types.
export {
  AbortError,
  AuthorizationError,
  ConfigurationError,
  DeltapipeError,
  IncompleteAnswerError,
  RequestError,
  RetryLaterError,
  ServiceError,
  StreamCutError,
  StreamFailedError,
  TimeoutError,
} from "./errors.ts";
export { unknownContentBlock } from "./unknown-content-block.ts";
export { createClient } from "./web/create-client.ts";
export { SchemaMismatchError } from "./structured/schema-mismatch-error.ts";
export { toolResult } from "./structured/tool-result.ts";
