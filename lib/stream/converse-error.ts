// Every way in which a request or a stream can fail: the names on the wire and their statuses.
import type { ErrorLine } from "../wire.ts";

interface Kind {
  /** The HTTP status while none has been sent yet. */
  status: number;
  /** Whether the same request may succeed later. */
  retryable: boolean;
}

const kinds = {
  InvalidRequest: { status: 400, retryable: false },
  ValidationException: { status: 400, retryable: false },
  ModelNotAllowed: { status: 403, retryable: false },
  NotFound: { status: 404, retryable: false },
  MethodNotAllowed: { status: 405, retryable: false },
  PayloadTooLarge: { status: 413, retryable: false },
  ModelErrorException: { status: 424, retryable: false },
  ModelStreamErrorException: { status: 424, retryable: true },
  ThrottlingException: { status: 429, retryable: true },
  ModelNotReadyException: { status: 429, retryable: true },
  InternalError: { status: 500, retryable: false },
  UpstreamAccessDenied: { status: 502, retryable: false },
  UpstreamUnreachable: { status: 502, retryable: true },
  UpstreamInvalid: { status: 502, retryable: false },
  ResourceNotFoundException: { status: 502, retryable: false },
  InternalServerException: { status: 502, retryable: true },
  StreamTruncated: { status: 502, retryable: true },
  StreamCorrupt: { status: 502, retryable: true },
  ServiceUnavailableException: { status: 503, retryable: true },
  ModelTimeoutException: { status: 504, retryable: true },
  UpstreamTimeout: { status: 504, retryable: true },
  DeadlineExceeded: { status: 504, retryable: false },
  CallerStalled: { status: 504, retryable: false },
} satisfies Record<string, Kind>;

export type ErrorName = keyof typeof kinds;

export function isRetryable(name: ErrorName): boolean {
  return kinds[name].retryable;
}

/** A failure as the caller is told of it. `detail` is for the log alone. */
export class ConverseError extends Error {
  override readonly name: ErrorName;
  readonly status: number;
  readonly retryable: boolean;
  readonly detail: string | undefined;

  constructor(name: ErrorName, message: string, options: { cause?: unknown; detail?: string } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.name = name;
    this.status = kinds[name].status;
    this.retryable = kinds[name].retryable;
    this.detail = options.detail;
  }

  toLine(requestId: string): ErrorLine {
    const { name, message, retryable } = this;
    return { type: "error", error: { name, message, retryable, requestId } };
  }
}

/** Whatever was thrown, as an error that may be shown: what is not ours is a bug, and only the log says more. */
export function shownError(error: unknown): ConverseError {
  if (error instanceof ConverseError) return error;
  const message = "The service failed: a bug on its side";
  return new ConverseError("InternalError", message, { cause: error, detail: whereOf(error) });
}

/** Where it was thrown, without its message: V8's and Node's own messages quote the values that they refuse. */
function whereOf(error: unknown): string {
  if (!(error instanceof Error)) return `A ${typeof error} was thrown`;
  const { name, code, message, stack = "" } = error as NodeJS.ErrnoException;
  const frames = stack
    .replace(message, "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  return [code === undefined ? name : `${name} [${code}]`, ...frames].join("\n");
}
