// Every way in which a request or a stream can fail: the names on the wire, their statuses and wording.
import type { ErrorLine } from "../wire.ts";
import { identifier } from "./identifier.ts";
import { masked } from "./masking.ts";

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

/** Bedrock's exceptions whose own message helps the caller; all others get a message of ours. */
const explained: ReadonlySet<string> = new Set([
  "ValidationException",
  "ThrottlingException",
  "ModelErrorException",
  "ModelStreamErrorException",
  "ModelNotReadyException",
  "ModelTimeoutException",
]);

const ownWording: Partial<Record<ErrorName, string>> = {
  ResourceNotFoundException: "Bedrock does not know this model, or the service's account has no access to it",
  InternalServerException: "Bedrock failed while it handled the request",
  ServiceUnavailableException: "Bedrock is not available at the moment",
  UpstreamAccessDenied: "The service may not call this model, or its credentials have expired",
  UpstreamUnreachable: "Bedrock could not be reached",
  UpstreamInvalid: "Bedrock answered in a way that this service does not understand",
};

/** A failure that Bedrock named, in an exception frame or with an HTTP status. */
export function bedrockFailure(name: string, message: string, status?: number): ConverseError {
  if (explained.has(name)) {
    return new ConverseError(name as ErrorName, masked(message) || `Bedrock answered ${name}`);
  }
  const known: ErrorName = Object.hasOwn(ownWording, name)
    ? (name as ErrorName)
    : accessNames.has(name)
      ? "UpstreamAccessDenied"
      : "UpstreamInvalid";
  // What is said of roles, resources and regions helps whoever runs the service; all else may quote the request.
  const isOurs = known === "UpstreamAccessDenied" || known === "ResourceNotFoundException";
  return new ConverseError(known, ownWording[known] ?? name, {
    // Below its first line, the message about a signature quotes the request's headers, the session token among them.
    detail: isOurs
      ? `${name}: ${message.split("\n", 1)[0]}`.slice(0, 500)
      : `${identifier(name)}${status === undefined ? "" : ` (HTTP ${status})`}`,
  });
}

/** What AWS answers when the role or its credentials are not good enough. */
const accessNames: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "CredentialsProviderError",
  "ExpiredTokenException",
  "IncompleteSignatureException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "NotAuthorizedException",
  "UnrecognizedClientException",
]);

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
