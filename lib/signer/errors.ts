// The base class of this library's errors, and the two errors that signing can fail with.
import { printableText, shortened } from "../shared/printable-text.ts";

/** Details that any error may have. */
export interface ErrorDetails {
  /** The name that the service, AWS or Node gave, such as `ThrottlingException` or `ECONNREFUSED`. */
  code?: string | undefined;
  /** Lambda's request id, which finds the request in the service's log. */
  requestId?: string | undefined;
  cause?: unknown;
}

const maxNameLength = 200;

/**
 * The base class of this library's errors. Its message, `code` and `requestId` are one line each, without control
 * characters, even if a server sent some.
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
  return name === undefined ? undefined : shortened(printableText(name), maxNameLength);
}

/**
 * An option, an argument or the URL cannot be used. Change the program or its settings.
 *
 * @example
 * if (error instanceof ConfigurationError) throw error;
 */
export class ConfigurationError extends DeltapipeError {
  override readonly name = "ConfigurationError";
}

/**
 * There are no credentials, or AWS rejects them. Log in again, or ask for the permissions.
 *
 * @example
 * if (error instanceof AuthorizationError) console.error("Log in to AWS and try again:", error.message);
 */
export class AuthorizationError extends DeltapipeError {
  override readonly name = "AuthorizationError";
}
