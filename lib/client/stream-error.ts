// Turns an error line, or an error while reading the stream, into the error for the caller.
import type { ErrorLine, Message } from "../wire.ts";
import { alteredError } from "./altered-response.ts";
import { DeltapipeError, StreamCutError, StreamFailedError } from "./errors.ts";
import { BadLineError, isErrorLine } from "./ndjson.ts";
import { LostConnection } from "./platform.ts";
import { shortened } from "../shared/printable-text.ts";

/** The part of the answer that had arrived. */
interface Arrived {
  partial: Message;
  requestId: string | undefined;
}

/** Throws {@link BadLineError} if the line does not contain the service's error object. */
export function errorFromLine(line: ErrorLine, { partial }: Arrived): DeltapipeError {
  if (!isErrorLine(line)) throw new BadLineError("the error line does not contain an error");
  const { name, message, retryable, requestId } = line.error;
  return new StreamFailedError(
    `The stream failed with ${shortened(name, 100)}: ${shortened(message, 1000)}`,
    { partial, code: name, retryable, requestId },
  );
}

/** Converts any error of the connection or the decoder. Returns a `DeltapipeError` unchanged. */
export function streamError(error: unknown, arrived: Arrived): DeltapipeError {
  if (error instanceof DeltapipeError) return error;
  if (error instanceof BadLineError) return badLineError(error, arrived);
  if (error instanceof LostConnection && error.isAltered) {
    return alteredError("its HTTP framing was broken", arrived);
  }
  const clause = error instanceof LostConnection ? error.message : "the stream could not be read";
  const cause = error instanceof LostConnection ? error.cause : error;
  return new StreamCutError(`Cannot finish the answer: ${clause}`, { ...arrived, cause });
}

function badLineError({ message, code }: BadLineError, arrived: Arrived): DeltapipeError {
  return code === "ResponseAltered"
    ? alteredError(message, arrived)
    : new StreamFailedError(`Cannot read the stream: ${message}`, {
        ...arrived,
        code,
        retryable: code === "StreamCorrupt",
      });
}
