// Error classes, one for each action that a caller can take.
import type { Message } from "../wire.ts";
import { DeltapipeError, type ErrorDetails } from "../signer/errors.ts";

export {
  AuthorizationError,
  ConfigurationError,
  DeltapipeError,
  type ErrorDetails,
} from "../signer/errors.ts";

/**
 * The service or AWS rejects this request (400, 403 `ModelNotAllowed`, 404, 405, 413). Change the request.
 *
 * @example
 * if (error instanceof RequestError && error.code === "ModelNotAllowed") delete request.modelId;
 */
export class RequestError extends DeltapipeError {
  override readonly name = "RequestError";
}

/**
 * The service is busy or cannot be reached, and the request has not run. The same request may succeed later. Thrown
 * after the client's own retries have failed.
 *
 * @example
 * if (error instanceof RetryLaterError) await setTimeout(error.retryAfterMs);
 */
export class RetryLaterError extends DeltapipeError {
  override readonly name = "RetryLaterError";
  /** Milliseconds to wait: the service's `retry-after`, or else the client's own delay. At most 2,147,483,647. */
  readonly retryAfterMs: number;

  constructor(message: string, details: ErrorDetails & { retryAfterMs: number }) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/**
 * The service or the model failed (such as 424, 500, 502, 504). Repeating the same request is unlikely to help.
 *
 * @example
 * if (error instanceof ServiceError) console.error(`Report request ${error.requestId}: ${error.message}`);
 */
export class ServiceError extends DeltapipeError {
  override readonly name = "ServiceError";
}

/**
 * The stream ended with an `error` line, or contains a line that cannot be read. `code` is the name in the error line,
 * or `StreamCorrupt`, `LineTooLong`, `ToolInputInvalid`, or `ResponseAltered` if a proxy compressed, replaced or cut the
 * stream. A new request is paid for again.
 *
 * @example
 * if (error instanceof StreamFailedError && error.retryable) keep(error.partial.content);
 */
export class StreamFailedError extends DeltapipeError {
  override readonly name = "StreamFailedError";
  /**
   * Everything that had arrived. Bedrock may not accept it in a request. If the `input` of a tool was cut, it is the
   * text of the part that arrived.
   */
  readonly partial: Message;
  /** Whether the same request may succeed if it is sent again. */
  readonly retryable: boolean;

  constructor(message: string, details: ErrorDetails & { partial: Message; retryable: boolean }) {
    super(message, details);
    this.partial = details.partial;
    this.retryable = details.retryable;
  }
}

/**
 * The connection ended before the last line of the stream, or a timeout passed, possibly before any line arrived. A
 * new request is paid for again.
 *
 * @example
 * if (error instanceof StreamCutError) console.error("Only this arrived:", error.partial.content);
 */
export class StreamCutError extends DeltapipeError {
  override readonly name = "StreamCutError";
  /**
   * Everything that had arrived. Bedrock may not accept it in a request. If the `input` of a tool was cut, it is the
   * text of the part that arrived.
   */
  readonly partial: Message;

  constructor(message: string, details: ErrorDetails & { partial: Message }) {
    super(message, details);
    this.partial = details.partial;
  }
}

/**
 * The caller's signal fired, or the caller left the loop early. `cause` is the signal's reason.
 *
 * @example
 * if (error instanceof AbortedError) console.error("Only this arrived:", error.partial.content);
 */
export class AbortedError extends DeltapipeError {
  override readonly name = "AbortedError";
  /**
   * Everything that had arrived. Bedrock may not accept it in a request. If the `input` of a tool was cut, it is the
   * text of the part that arrived.
   */
  readonly partial: Message;

  constructor(message: string, details: ErrorDetails & { partial: Message }) {
    super(message, details);
    this.partial = details.partial;
  }
}
