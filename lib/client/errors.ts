// Error classes, one for each decision that a caller can take.
import type { Message } from "../wire.ts";
import { printableText, shortened } from "./printable-text.ts";

/** What every error may carry. */
export interface ErrorDetails {
  /** The name that the service, AWS or Node gave, such as `ThrottlingException` or `ECONNREFUSED`. */
  code?: string | undefined;
  /** Lambda's request id, to be looked up in the service's log. */
  requestId?: string | undefined;
  cause?: unknown;
}

const longestName = 200;

/**
 * The base of every error of this library. Its message, `code` and `requestId` are one line each and hold no control
 * characters, whatever a server sent.
 *
 * @example
 * if (error instanceof DeltapipeError) console.error(error.name, error.message, error.requestId);
 */
export class DeltapipeError extends Error {
  override readonly name: string = "DeltapipeError";
  readonly code: string | undefined;
  readonly requestId: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(printableText(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = printableName(details.code);
    this.requestId = printableName(details.requestId);
  }
}

function printableName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : shortened(printableText(name), longestName);
}

/**
 * An option, an argument or the URL is unusable: change the program or its settings.
 *
 * @example
 * if (error instanceof ConfigurationError) throw error;
 */
export class ConfigurationError extends DeltapipeError {
  override readonly name = "ConfigurationError";
}

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
 * There are no credentials, or AWS refuses them: log in again, or have the permissions granted.
 *
 * @example
 * if (error instanceof AuthorizationError) console.error("Log in to AWS and try again:", error.message);
 */
export class AuthorizationError extends DeltapipeError {
  override readonly name = "AuthorizationError";
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
