// Error classes, one for each decision that a caller can take.
import type { Message } from "../wire.ts";
import { DeltapipeError, type ErrorDetails } from "../signer/errors.ts";

export {
  AuthorizationError,
  ConfigurationError,
  DeltapipeError,
  type ErrorDetails,
} from "../signer/errors.ts";

/**
 * The service refuses this request (400, 403 `ModelNotAllowed`, 404, 405, 413): change the request.
 *
 * @example
 * if (error instanceof RequestError && error.code === "ModelNotAllowed") delete request.modelId;
 */
export class RequestError extends DeltapipeError {
  override readonly name = "RequestError";
}

/**
 * The service is busy or cannot be reached, and nothing was answered yet: the same request may succeed later.
 * It comes when the client's own retries are used up.
 *
 * @example
 * if (error instanceof RetryLaterError) await setTimeout(error.retryAfterMs);
 */
export class RetryLaterError extends DeltapipeError {
  override readonly name = "RetryLaterError";
  /** Milliseconds to wait: the service's `retry-after`, or this client's own guess. At most 2,147,483,647. */
  readonly retryAfterMs: number;

  constructor(message: string, details: ErrorDetails & { retryAfterMs: number }) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/**
 * The service or the model failed (500, 502 and the like): the same request is not worth repeating.
 *
 * @example
 * if (error instanceof ServiceError) console.error(`Report request ${error.requestId}: ${error.message}`);
 */
export class ServiceError extends DeltapipeError {
  override readonly name = "ServiceError";
}

/**
 * The stream ended with an `error` line, or holds a line that cannot be trusted. Asking again costs again. With the code
 * `ResponseAltered` something between here and the service, such as a proxy, compressed, replaced or shortened it.
 *
 * @example
 * if (error instanceof StreamFailedError && error.retryable) keep(error.partial.content);
 */
export class StreamFailedError extends DeltapipeError {
  override readonly name = "StreamFailedError";
  /** Everything that had arrived, not checked for a next turn. The `input` of a tool use that is not whole is its text. */
  readonly partial: Message;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;

  constructor(message: string, details: ErrorDetails & { partial: Message; retryable: boolean }) {
    super(message, details);
    this.partial = details.partial;
    this.retryable = details.retryable;
  }
}

/**
 * The stream ended without its last line, or nothing came for too long. Asking again costs again.
 *
 * @example
 * if (error instanceof StreamCutError) console.error("Only this arrived:", error.partial.content);
 */
export class StreamCutError extends DeltapipeError {
  override readonly name = "StreamCutError";
  /** Everything that had arrived, not checked for a next turn. The `input` of a tool use that is not whole is its text. */
  readonly partial: Message;

  constructor(message: string, details: ErrorDetails & { partial: Message }) {
    super(message, details);
    this.partial = details.partial;
  }
}

/**
 * The caller's signal fired, or the caller left the loop early. The signal's reason is the `cause`.
 *
 * @example
 * if (error instanceof AbortedError) console.error("Only this arrived:", error.partial.content);
 */
export class AbortedError extends DeltapipeError {
  override readonly name = "AbortedError";
  /** Everything that had arrived, not checked for a next turn. The `input` of a tool use that is not whole is its text. */
  readonly partial: Message;

  constructor(message: string, details: ErrorDetails & { partial: Message }) {
    super(message, details);
    this.partial = details.partial;
  }
}
