// The base class of this library's errors, and the classes of the two errors that signing throws.
import type { ErrorCode } from "../shared/error-code.ts";
import { printableText, shortened } from "../shared/printable-text.ts";

export type { ErrorCode } from "../shared/error-code.ts";

/** Details that any error may have. */
export interface ErrorDetails {
  /** The error's name, given by the service, AWS, Node or this library, such as `ThrottlingException` or `ECONNREFUSED`. */
  code?: ErrorCode | undefined;
  /** Lambda's request id. Use it to find the request in the service's log. */
  requestId?: string | undefined;
  /** The HTTP status, if the error is about a response. */
  status?: number | undefined;
  /** Default: `false`. */
  retryable?: boolean | undefined;
  cause?: unknown;
}

type ErrorClass = abstract new (...args: never[]) => object;

const marks = new WeakMap<ErrorClass, symbol>();

/**
 * Gives an error class its name, which is the first word of its stack traces. Also makes `instanceof` work between copies of
 * this package: a program may contain two versions of it, or load it once with `import` and once with `require`. All copies
 * use the same symbol for a name.
 */
export function markErrorClass(errorClass: ErrorClass, name: string): void {
  const mark = Symbol.for(`deltapipe.${name}`);
  marks.set(errorClass, mark);
  Object.assign(errorClass.prototype, { name, [mark]: true });
}

const maxNameLength = 200;

/**
 * The base class of this library's errors. Its message, `code` and `requestId` are one line each, without control
 * characters, even if a server sent some. `instanceof` also recognizes errors of another copy of this package.
 *
 * @example
 * if (error instanceof DeltapipeError) console.error(error.name, error.status, error.message, error.requestId);
 */
export class DeltapipeError extends Error {
  declare readonly name: string;
  /** The error's name, given by the service, AWS, Node or this library. Compare this, not the message. */
  readonly code: ErrorCode | undefined;
  /** Lambda's request id. Use it to find the request in the service's log. */
  readonly requestId: string | undefined;
  /** The HTTP status of the response that this error is about. Undefined if there was none, or if the stream had begun. */
  readonly status: number | undefined;
  /** Whether the same request may succeed if it is sent again. If the answer had begun, it is billed again. */
  readonly retryable: boolean;

  static {
    markErrorClass(this, "DeltapipeError");
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    const mark = marks.get(this);
    // A program's own subclass of one of our classes has no mark.
    if (mark === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && mark in value;
  }

  constructor(message: string, details: ErrorDetails = {}) {
    super(printableText(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = printableName(details.code);
    this.requestId = printableName(details.requestId);
    this.status = details.status;
    this.retryable = details.retryable ?? false;
  }
}

/** Undefined for an empty name as well. */
function printableName(name: string | undefined): string | undefined {
  return name ? shortened(printableText(name), maxNameLength) : undefined;
}

/**
 * An option, an argument or the URL cannot be used. Change the program or its settings.
 *
 * @example
 * if (error instanceof ConfigurationError) throw error;
 */
export class ConfigurationError extends DeltapipeError {
  declare readonly name: "ConfigurationError";
  static {
    markErrorClass(this, "ConfigurationError");
  }
}

/**
 * There are no credentials, or AWS rejects them. Log in again, or ask for the permissions.
 *
 * @example
 * if (error instanceof AuthorizationError) console.error("Log in to AWS and try again:", error.message);
 */
export class AuthorizationError extends DeltapipeError {
  declare readonly name: "AuthorizationError";
  static {
    markErrorClass(this, "AuthorizationError");
  }
}
