// Describes a failed command: one sentence that says what to do, and an exit code.
import {
  AbortError,
  AuthorizationError,
  ConfigurationError,
  DeltapipeError,
  RequestError,
  RetryLaterError,
  ServiceError,
  StreamCutError,
  StreamFailedError,
} from "../client/index.ts";

/** An error in the command's arguments, its files or the environment variables. The message says what to change. */
export class UsageError extends Error {
  override name = "UsageError" as const;
}

export interface CommandFailure {
  sentence: string;
  exitCode: number;
}

const exitCodes = [
  [UsageError, 2],
  [ConfigurationError, 2],
  [RequestError, 3],
  [AuthorizationError, 4],
  [RetryLaterError, 5],
  [ServiceError, 6],
  [StreamFailedError, 7],
  [StreamCutError, 8],
  [AbortError, 130],
] as const;

/** Rethrows an error that has no exit code, because it is a bug in this program. Node then prints the error's stack. */
export function describeFailure(error: unknown): CommandFailure {
  const exitCode = exitCodes.find(([kind]) => error instanceof kind)?.[1];
  if (exitCode === undefined) throw error;
  const message = (error as Error).message.replace(/\.$/, "");
  const requestId = error instanceof DeltapipeError ? error.requestId : undefined;
  const request = requestId === undefined ? "" : ` (request ${requestId})`;
  return { sentence: `${message}${adviceFor(error)}${request}`, exitCode };
}

function adviceFor(error: unknown): string {
  if (error instanceof RetryLaterError) {
    if (error.code === "ECONNREFUSED") {
      return "; start the local stack with npm start, or name a service with --url or DELTAPIPE_URL";
    }
    return `; try again in ${Math.max(1, Math.ceil(error.retryAfterMs / 1000))} s`;
  }
  if (error instanceof StreamFailedError || error instanceof StreamCutError) {
    const again = error.retryable ? "; asking again may help" : "";
    return error.partial.content.length === 0 ? again : `; the printed answer is incomplete${again}`;
  }
  if (error instanceof ServiceError) return "; asking again is unlikely to help";
  return "";
}
