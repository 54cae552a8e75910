// Reads an error response, or a response that is not the service's. Never quotes a body from anyone but the service or AWS.
import { contentCodingOf, isWebPage } from "./altered-response.ts";
import { isErrorLine } from "./ndjson.ts";
import type { IncomingResponse } from "./platform.ts";
import type { WireError } from "../wire.ts";
import { errorNameIn, readErrorBody } from "../shared/error-body.ts";
import { type Members, parseObject } from "../shared/json-object.ts";
import { shortened } from "../shared/printable-text.ts";

export interface UnreadResponse extends IncomingResponse {
  /** In milliseconds, for the body. */
  timeout: number;
}

export interface ErrorResponse {
  status: number;
  /** Details for the error object. `code` is the service's or AWS's name for the error. */
  details: { status: number; code: string | undefined; requestId: string | undefined };
  /** The service's own error object, if the body contains one. */
  wire: WireError | undefined;
  /**
   * Whether the response has `x-amzn-errortype` or `x-amzn-requestid`: each of AWS's error responses has at least one of them.
   * CORS lets pages of allowed origins read both.
   */
  isFromAws: boolean;
  /** A short description for error messages, such as `status 503, text/html`. */
  found: string;
  isWebPage: boolean;
  /** The compression, such as `gzip`, if a proxy compressed the response. */
  contentCoding: string | undefined;
  /** Milliseconds by which this machine's clock is ahead of the server's. 0 if the server does not send its time. */
  clockOffset: number;
}

export async function readErrorResponse(response: UnreadResponse): Promise<ErrorResponse> {
  const { status, headers, body, timeout } = response;
  const value = parseObject(await readErrorBody(body, timeout));
  const wire = isErrorLine(value) ? value.error : undefined;
  const errorType = headers["x-amzn-errortype"];
  const code = wire?.name ?? (errorType && errorNameIn(errorType));
  const requestId = wire?.requestId ?? headers["x-amzn-requestid"];
  const isFromAws = (errorType ?? headers["x-amzn-requestid"]) !== undefined;
  return {
    status,
    details: { status, code, requestId },
    wire,
    isFromAws,
    found: describe(response, code, isFromAws ? awsSentence(value) : undefined),
    isWebPage: isWebPage(headers),
    contentCoding: contentCodingOf(headers),
    clockOffset: Date.now() - (Date.parse(headers["date"] ?? "") || Date.now()),
  };
}

function describe(
  { status, headers }: IncomingResponse,
  code: string | undefined,
  sentence: string | undefined,
): string {
  const { location } = headers;
  if (location !== undefined) return `status ${status} to ${JSON.stringify(location.slice(0, 200))}`;
  const contentType = shortened(headers["content-type"] ?? "no content type", 80);
  const coding = contentCodingOf(headers);
  const compressed = coding === undefined ? "" : `, content-encoding ${shortened(coding, 40)}`;
  const name = code === undefined ? "" : `, ${shortened(code, 100)}`;
  return `status ${status}${name}, ${sentence === undefined ? contentType + compressed : `"${sentence}"`}`;
}

/**
 * AWS uses both `message` and `Message`. Only the first line is safe to show: the lines after it repeat the canonical
 * request with the session token.
 */
function awsSentence({ message, Message }: Members = {}): string | undefined {
  const sentence = typeof message === "string" ? message : Message;
  return typeof sentence === "string" ? shortened(sentence.split("\n")[0] ?? "", 300) : undefined;
}
