// The base class of all errors, and the two that signing a request can end with.
import { printableText, shortened } from "../shared/printable-text.ts";

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
 * There are no credentials, or AWS refuses them: log in again, or have the permissions granted.
 *
 * @example
 * if (error instanceof AuthorizationError) console.error("Log in to AWS and try again:", error.message);
 */
export class AuthorizationError extends DeltapipeError {
  override readonly name = "AuthorizationError";
}
