// The errors of the answer store.
import { ConverseError } from "../stream/converse-error.ts";
import { TableError } from "./call-table.ts";

/**
 * The error is the same whether the key belongs to another request or to another caller, so that nobody can find out whether
 * another caller uses a key.
 */
export function mismatch(): ConverseError {
  return new ConverseError(
    "IdempotentParameterMismatch",
    "Cannot accept the request: its idempotency key belongs to another request or another caller; send a new key",
  );
}

export function answerNotFound(): ConverseError {
  return new ConverseError(
    "AnswerNotFound",
    "Cannot find the answer: no answer with this idempotency key is kept; send the request again, without fromLine",
  );
}

export function notKept(): ConverseError {
  return new ConverseError(
    "AnswerNotFound",
    "Cannot find the answer: it was not kept, because the table could not be written; send the request with a new key",
  );
}

export function storeUnavailable(detail: string): ConverseError {
  const message = "Cannot read the answer: the table of answers does not respond; try again";
  return new ConverseError("AnswerStoreUnavailable", message, { detail });
}

/** Turns the error of a call to the table into the error that a reader or a cancellation gets. Returns other errors unchanged. */
export function errorForReader(error: unknown): unknown {
  return error instanceof TableError ? storeUnavailable(error.name) : error;
}

export function cancelled(): ConverseError {
  return new ConverseError(
    "Cancelled",
    "Cannot finish the answer: it was cancelled; send a new key to ask again",
  );
}

/** The invocation that answered was stopped, so it could not say how the answer ended. */
export function producerStopped(): ConverseError {
  const message = "Cannot finish the answer: the function that answered was stopped; try again";
  return new ConverseError("StreamTruncated", message);
}
