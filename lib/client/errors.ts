// Error classes, one for each action that a caller can take.
import type { Message } from "../wire.ts";
import { DeltapipeError, type ErrorDetails, markErrorClass } from "../signer/errors.ts";

export {
  AuthorizationError,
  ConfigurationError,
  DeltapipeError,
  type ErrorCode,
  type ErrorDetails,
} from "../signer/errors.ts";

/**
 * The service or AWS rejects this request (400, 403 `ModelNotAllowed`, 404, 405, 409 `IdempotentParameterMismatch`, 413, 499
 * `Cancelled`). Change the request.
 *
 * @example
 * if (error instanceof RequestError && error.code === "ModelNotAllowed") delete request.modelId;
 */
export class RequestError extends DeltapipeError {
  declare readonly name: "RequestError";
  static {
    markErrorClass(this, "RequestError");
  }
}

/**
 * The service is busy, cannot be reached, or failed with an error that it marks `retryable`. The same request may succeed
 * later. If the status is 424, 502 or 504, Bedrock may have worked on the request already, and may bill another attempt as
 * well. Thrown when the client does not retry, or has no retries left.
 *
 * @example
 * if (error instanceof RetryLaterError) await setTimeout(error.retryAfterMs);
 */
export class RetryLaterError extends DeltapipeError {
  declare readonly name: "RetryLaterError";
  /** Milliseconds to wait: the service's `retry-after`, or else the client's own delay. At most 2,147,483,647. */
  readonly retryAfterMs: number;
  static {
    markErrorClass(this, "RetryLaterError");
  }

  constructor(message: string, details: ErrorDetails & { retryAfterMs: number }) {
    super(message, { ...details, retryable: true });
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
  declare readonly name: "ServiceError";
  static {
    markErrorClass(this, "ServiceError");
  }
}

/**
 * The answer ended before it was complete, or does not fit its schema. The base class of {@link StreamFailedError},
 * {@link StreamCutError}, {@link AbortError}, {@link TimeoutError} and `SchemaMismatchError`. The part of the answer that
 * arrived is in `partial`.
 *
 * @example
 * if (error instanceof IncompleteAnswerError) console.error("Only this arrived:", error.partial.content);
 */
export class IncompleteAnswerError extends DeltapipeError {
  declare readonly name: string;
  /**
   * The content that arrived. Do not send it back: Bedrock may reject it. The `input` of a tool call that was cut is a
   * string with the JSON so far.
   */
  readonly partial: Message;
  static {
    markErrorClass(this, "IncompleteAnswerError");
  }

  constructor(message: string, details: ErrorDetails & { partial: Message }) {
    super(message, details);
    this.partial = details.partial;
  }
}

/**
 * The stream ended with an `error` line, or contains a line or the input of a tool call that cannot be read. `code` is the
 * name in the error line, or `StreamCorrupt`, `LineTooLong`, `ToolInputInvalid`, or `ResponseAltered` if a proxy compressed,
 * replaced or cut the stream. Sending the request again is billed again.
 *
 * @example
 * if (error instanceof StreamFailedError && error.retryable) keep(error.partial.content);
 */
export class StreamFailedError extends IncompleteAnswerError {
  declare readonly name: "StreamFailedError";
  static {
    markErrorClass(this, "StreamFailedError");
  }

  constructor(message: string, details: ErrorDetails & { partial: Message; retryable: boolean }) {
    super(message, details);
  }
}

/**
 * The connection ended before the last line of the stream, or one of the client's own time limits passed, possibly
 * before any line arrived. Sending the request again may succeed, and is billed again. With the option `resume`, the
 * connection could not be restored, and `cause` is the error of the last attempt.
 *
 * @example
 * if (error instanceof StreamCutError) console.error("Only this arrived:", error.partial.content);
 */
export class StreamCutError extends IncompleteAnswerError {
  declare readonly name: "StreamCutError";
  static {
    markErrorClass(this, "StreamCutError");
  }

  constructor(message: string, details: ErrorDetails & { partial: Message }) {
    super(message, { ...details, retryable: true });
  }
}

/**
 * The caller's signal aborted, or the caller called `abort()` or exited the loop early. `cause` is the reason.
 * Errors of the web platform use the same name: https://webidl.spec.whatwg.org/#aborterror
 *
 * @example
 * if (error instanceof AbortError) console.error("Only this arrived:", error.partial.content);
 */
export class AbortError extends IncompleteAnswerError {
  declare readonly name: "AbortError";
  static {
    markErrorClass(this, "AbortError");
  }
}

/**
 * The time limit of the caller's signal passed, such as `AbortSignal.timeout(milliseconds)`. `cause` is the signal's
 * reason. Errors of the web platform use the same name: https://dom.spec.whatwg.org/#dom-abortsignal-timeout
 *
 * @example
 * if (error instanceof TimeoutError) console.error("Only this arrived in time:", error.partial.content);
 */
export class TimeoutError extends IncompleteAnswerError {
  declare readonly name: "TimeoutError";
  static {
    markErrorClass(this, "TimeoutError");
  }

  constructor(message: string, details: ErrorDetails & { partial: Message }) {
    super(message, { ...details, retryable: true });
  }
}
