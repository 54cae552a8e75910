// Reads a Function URL's event: route, body and format.
import type { LambdaFunctionURLEvent } from "aws-lambda";
import { ConverseError } from "../stream/converse-error.ts";
import type { Format } from "../stream/lines/line-buffer.ts";
import { invalidRequest } from "../stream/request/invalid-request.ts";

/** Throws an Error for events from other sources (console tests, schedules), which cannot use an HTTP error response. */
export function requireUrlEvent(event: Partial<LambdaFunctionURLEvent>): void {
  if (event.requestContext?.http && event.headers) return;
  throw new Error(
    "Cannot answer this event: it did not come from a Function URL (payload format 2.0); send a request to the Function URL",
  );
}

const methods = {
  "/": ["POST"],
  "/models": ["GET", "HEAD"],
} as const;

export type Path = keyof typeof methods;

/** Throws `ConverseError` NotFound or MethodNotAllowed for anything but `POST /` and `GET /models`. */
export function routeOf({ rawPath, requestContext }: LambdaFunctionURLEvent): Path {
  if (!isPath(rawPath)) {
    throw new ConverseError(
      "NotFound",
      "Cannot find this path: only / and /models exist; send POST / or GET /models",
    );
  }
  const { method } = requestContext.http;
  const [usual, ...others]: readonly string[] = methods[rawPath];
  if (method === usual || others.includes(method)) return rawPath;
  throw new ConverseError(
    "MethodNotAllowed",
    `Cannot use the method ${method}: ${rawPath} does not have it; send ${usual} ${rawPath}`,
  );
}

/** The methods of the event's path, as the header `allow` lists them. */
export function allowedMethods({ rawPath }: LambdaFunctionURLEvent): string {
  return isPath(rawPath) ? methods[rawPath].join(", ") : "";
}

function isPath(path: string): path is Path {
  return Object.hasOwn(methods, path);
}

/**
 * Whether a reader of server-sent events asks for a stream again, as an EventSource does whenever one has ended. Its
 * `last-event-id` is the id of our first event.
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

/** Server-sent events if the `accept` header names them, else NDJSON. */
export function formatOf(event: LambdaFunctionURLEvent): Format {
  const ranges = (event.headers["accept"] ?? "").toLowerCase().split(",");
  const wantsEvents = ranges.some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    return type === "text/event-stream" && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
  return wantsEvents ? "sse" : "ndjson";
}
