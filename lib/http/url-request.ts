// Reads a Function URL's event: source, body and format.
import type { LambdaFunctionURLEvent } from "aws-lambda";
import { ConverseError } from "../stream/converse-error.ts";
import type { Format } from "../stream/answer-format.ts";
import { invalidRequest } from "../stream/request/invalid-request.ts";

/** Throws an Error for an event from another source (a console test, a schedule), because that source needs no HTTP response. */
export function requireUrlEvent(event: Partial<LambdaFunctionURLEvent>): void {
  if (event.requestContext?.http && event.headers) return;
  throw new Error(
    "Cannot answer this event: it did not come from a Function URL (payload format 2.0); send a request to the Function URL",
  );
}

/**
 * Whether a reader of server-sent events repeats its request, as an EventSource does whenever a stream has ended. The
 * repeated request has the id of our first event as its `last-event-id`.
 */
export function isRepeated(event: LambdaFunctionURLEvent): boolean {
  return formatOf(event) === "sse" && Boolean(event.headers["last-event-id"]);
}

/**
 * The body as text. Lambda sends text types as text and all others as base64, including curl's default
 * `application/x-www-form-urlencoded`.
 */
export function bodyOf(event: LambdaFunctionURLEvent, maxBytes: number): string {
  const bytes = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > maxBytes) {
    throw new ConverseError(
      "PayloadTooLarge",
      `Cannot accept the request: the body has ${bytes.length} bytes, above this service's limit of ${maxBytes}`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalidRequest("the body is not valid UTF-8");
  }
}

/** Server-sent events if the `accept` header names them (without `q=0`), else NDJSON. */
export function formatOf(event: LambdaFunctionURLEvent): Format {
  const ranges = (event.headers["accept"] ?? "").toLowerCase().split(",");
  const wantsEvents = ranges.some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    return type === "text/event-stream" && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
  return wantsEvents ? "sse" : "ndjson";
}
