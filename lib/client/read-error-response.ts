// Reads an error response, or a response that is not the service's. Never quotes a body that is not from AWS.
import { contentCodingOf } from "./altered-response.ts";
import { isErrorLine } from "./ndjson.ts";
import type { IncomingResponse, ResponseHeaders } from "./platform.ts";
import type { WireError } from "../wire.ts";
import { errorNameIn, readErrorBody } from "../shared/error-body.ts";
import { parseObject } from "../shared/json-object.ts";
import { shortened } from "../shared/printable-text.ts";

export interface UnreadResponse extends IncomingResponse {
  /** In milliseconds, for the body. */
  timeout: number;
}

export interface ErrorResponse {
  status: number;
  headers: ResponseHeaders;
  /** The service's own error object, if the body contains one. */
  wire: WireError | undefined;
  /** AWS's name for the error. */
  code: string | undefined;
  requestId: string | undefined;
  /** A short description for error messages, such as `status 503, text/html`. */
  found: string;
  /** Milliseconds by which this machine's clock is ahead of the server's. */
  clockOffset: number | undefined;
}

export async function readErrorResponse({
  status,
  headers,
  body,
  timeout,
}: UnreadResponse): Promise<ErrorResponse> {
  const value = parseObject(await readErrorBody(body, timeout));
  const wire = isErrorLine(value) ? value.error : undefined;
  const errorType = headerOf(headers, "x-amzn-errortype");
  const code = errorType === undefined ? undefined : errorNameIn(errorType);
  const requestId = wire?.requestId ?? headerOf(headers, "x-amzn-requestid");
  const date = Date.parse(headerOf(headers, "date") ?? "");
  const clockOffset = Number.isNaN(date) ? undefined : Date.now() - date;
  return {
    status,
    headers,
    wire,
    code,
    requestId,
    clockOffset,
    found: describe(status, headers, code, value),
  };
}

export function headerOf(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function describe(
  status: number,
  headers: ResponseHeaders,
  code: string | undefined,
  value: Record<string, unknown> | undefined,
): string {
  const contentType = shortened(headerOf(headers, "content-type") ?? "no content type", 80);
  const location = headerOf(headers, "location");
  const isAws = headerOf(headers, "x-amzn-requestid") !== undefined || code !== undefined;
  const sentence = isAws ? awsSentence(value) : undefined;
  if (location !== undefined) return `status ${status} to ${JSON.stringify(location.slice(0, 200))}`;
  const name = code === undefined ? "" : `, ${shortened(code, 100)}`;
  const coding = contentCodingOf(headers);
  const compressed = coding === undefined ? "" : `, content-encoding ${shortened(coding, 40)}`;
  return sentence === undefined
    ? `status ${status}${name}, ${contentType}${compressed}`
    : `status ${status}${name}, "${sentence}"`;
}

/**
 * AWS uses both `message` and `Message`. Only the first line is safe to show: the lines after it repeat the canonical
 * request with the session token.
 */
function awsSentence({ message, Message }: Record<string, unknown> = {}): string | undefined {
  const sentence = typeof message === "string" ? message : Message;
  return typeof sentence === "string" ? shortened(sentence.split("\n")[0] ?? "", 300) : undefined;
}
