// The errors that can end a request or a stream: name on the wire, status, whether a retry may succeed, and whose fault it is.
import type { ErrorLine } from "../wire.ts";

interface Kind {
  /** The HTTP status, if none has been sent yet. */
  status: number;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  fault: Fault;
}

/**
 * The cause of an error: the caller, a limit such as Bedrock's quota, or the service and the systems that it depends
 * on. Metrics and alarms are derived from it: lib/deployment/metric-filters.cjs.
 */
export type Fault = "caller" | "limit" | "service";

const kinds = {
  InvalidRequest: { status: 400, retryable: false, fault: "caller" },
  ValidationException: { status: 400, retryable: false, fault: "caller" },
  ModelNotAllowed: { status: 403, retryable: false, fault: "caller" },
  NotFound: { status: 404, retryable: false, fault: "caller" },
  MethodNotAllowed: { status: 405, retryable: false, fault: "caller" },
  PayloadTooLarge: { status: 413, retryable: false, fault: "caller" },
  ModelErrorException: { status: 424, retryable: false, fault: "service" },
  ModelStreamErrorException: { status: 424, retryable: true, fault: "service" },
  ThrottlingException: { status: 429, retryable: true, fault: "limit" },
  ModelNotReadyException: { status: 429, retryable: true, fault: "limit" },
  InternalError: { status: 500, retryable: false, fault: "service" },
  UpstreamAccessDenied: { status: 502, retryable: false, fault: "service" },
  UpstreamUnreachable: { status: 502, retryable: true, fault: "service" },
  UpstreamInvalid: { status: 502, retryable: false, fault: "service" },
  ResourceNotFoundException: { status: 502, retryable: false, fault: "service" },
  InternalServerException: { status: 502, retryable: true, fault: "service" },
  StreamTruncated: { status: 502, retryable: true, fault: "service" },
  StreamCorrupt: { status: 502, retryable: true, fault: "service" },
  ServiceUnavailableException: { status: 503, retryable: true, fault: "service" },
  ModelTimeoutException: { status: 504, retryable: true, fault: "service" },
  UpstreamTimeout: { status: 504, retryable: true, fault: "service" },
  DeadlineExceeded: { status: 504, retryable: false, fault: "service" },
  CallerStalled: { status: 504, retryable: false, fault: "caller" },
  // The next three exist only for answers in messages (lib/push/). CallerGone is only logged, because the caller has left.
  CallerGone: { status: 499, retryable: false, fault: "caller" },
  DeliveryFailed: { status: 502, retryable: false, fault: "service" },
  NotSupported: { status: 501, retryable: false, fault: "caller" },
  // The errors of the answer store (lib/answer-store/).
  AnswerNotFound: { status: 404, retryable: false, fault: "caller" },
  IdempotentParameterMismatch: { status: 409, retryable: false, fault: "caller" },
  Cancelled: { status: 499, retryable: false, fault: "caller" },
  AnswerStoreUnavailable: { status: 503, retryable: true, fault: "service" },
} satisfies Record<string, Kind>;

export type ErrorName = keyof typeof kinds;

/** Keeps a throttled caller from retrying at once: Bedrock's quotas are per minute. */
const leastRetryAfterSeconds = 5;

export function isErrorName(name: unknown): name is ErrorName {
  return typeof name === "string" && Object.hasOwn(kinds, name);
}

export function isRetryable(name: ErrorName): boolean {
  return kinds[name].retryable;
}

export function errorNamesOf(fault: Fault): ErrorName[] {
  return (Object.keys(kinds) as ErrorName[]).filter((name) => kinds[name].fault === fault);
}

/** How long Bedrock asks its caller to wait before the next attempt. */
export interface RetryHint {
  milliseconds: number;
  /** The header as Bedrock sent it: `retry-after` or `x-amz-retry-after`. */
  header: [name: string, value: string];
}

/** An error for the caller. `detail` goes only into the log. */
export class ConverseError extends Error {
  override readonly name: ErrorName;
  readonly status: number;
  readonly retryable: boolean;
  readonly detail: string | undefined;
  /** Set if Bedrock's error response says how long to wait. */
  retryHint?: RetryHint;

  constructor(name: ErrorName, message: string, options: { cause?: unknown; detail?: string } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.name = name;
    this.status = kinds[name].status;
    this.retryable = kinds[name].retryable;
    this.detail = options.detail;
  }

  /** The seconds that the caller should wait before it tries again; 0 if there is no recommendation. */
  get retryAfter(): number {
    const hinted = Math.ceil((this.retryHint?.milliseconds ?? 0) / 1000);
    return this.status === 429 ? Math.max(leastRetryAfterSeconds, hinted) : hinted;
  }

  toLine(requestId: string): ErrorLine {
    const { name, message, retryable } = this;
    return { type: "error", error: { name, message, retryable, requestId } };
  }
}

/**
 * Turns a thrown value into an error that callers may see. Anything but a ConverseError is a bug, and only the log has
 * its details.
 */
export function shownError(error: unknown): ConverseError {
  if (error instanceof ConverseError) return error;
  const message = "Cannot answer: the service has a bug; report it with the request id";
  return new ConverseError("InternalError", message, { cause: error, detail: originOf(error) });
}

/** The error's name, code and stack. Messages are left out, because V8 and Node quote the values that they reject. */
function originOf(error: unknown): string {
  if (!(error instanceof Error)) return `A ${typeof error} was thrown`;
  const { name, code, message, stack = "" } = error as NodeJS.ErrnoException;
  const frames = stack
    .replace(message, "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  return [code === undefined ? name : `${name} [${code}]`, ...frames].join("\n");
}
