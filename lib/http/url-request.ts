// What a Function URL's event asks for: route, body and format.
import type { LambdaFunctionURLEvent } from "aws-lambda";
import { ConverseError } from "../stream/converse-error.ts";
import type { Format } from "../stream/lines/line-buffer.ts";

/** Throws for whatever else a function can be invoked with: there is nobody then who could read a status. */
export function requireUrlEvent(event: Partial<LambdaFunctionURLEvent>): void {
  if (event.requestContext?.http && event.headers) return;
  throw new Error("Cannot answer this event: it is not a Function URL's (payload format 2.0)");
}

/** Throws `ConverseError` NotFound or MethodNotAllowed for anything but `POST /`. */
export function checkRoute(event: LambdaFunctionURLEvent): void {
  const { method } = event.requestContext.http;
  if (event.rawPath !== "/")
    throw new ConverseError("NotFound", "There is nothing at this path: send POST /");
  if (method !== "POST") {
    throw new ConverseError("MethodNotAllowed", `The method ${method} is not allowed: send POST /`);
  }
}

/** The body as text. Lambda encodes as base64 whatever its content type does not say is text: curl's default too. */
export function bodyOf(event: LambdaFunctionURLEvent, maxBytes: number): string {
  const bytes = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > maxBytes) {
    throw new ConverseError(
      "PayloadTooLarge",
      `The body has ${bytes.length} bytes, above this service's limit of ${maxBytes}`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ConverseError("InvalidRequest", "The body is not valid UTF-8");
  }
}

/** Server-sent events for those who ask for them, NDJSON for everybody else. */
export function formatOf(event: LambdaFunctionURLEvent): Format {
  const ranges = (event.headers["accept"] ?? "").toLowerCase().split(",");
  const wantsEvents = ranges.some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    return type === "text/event-stream" && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
  return wantsEvents ? "sse" : "ndjson";
}
