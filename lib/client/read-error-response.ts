// Reads a response that is not the stream: bounded, and without echoing a foreign body.
import type { Readable } from "node:stream";
import { contentCodingOf } from "./altered-response.ts";
import { isErrorLine } from "./error-line.ts";
import type { WireError } from "../wire.ts";
import { errorNameIn, readErrorBody } from "../shared/error-body.ts";
import { parseObject } from "../shared/json-object.ts";
import { shortened } from "../shared/printable-text.ts";

export interface ResponseHead {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Readable;
  /** Milliseconds that the body may take. */
  timeout: number;
}

export interface Refused {
  status: number;
  headers: ResponseHead["headers"];
  /** The service's own error object, if the body is one. */
  wire: WireError | undefined;
  /** AWS's name for the error. */
  code: string | undefined;
  requestId: string | undefined;
  /** One clause that says what was found. */
  found: string;
  /** Milliseconds that this machine's clock is ahead of the server's. */
  clockOffset: number | undefined;
}

export async function readRefusal({ status, headers, body, timeout }: ResponseHead): Promise<Refused> {
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

export function headerOf(headers: ResponseHead["headers"], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function describe(
  status: number,
  headers: ResponseHead["headers"],
  code: string | undefined,
  value: Record<string, unknown> | undefined,
): string {
  const contentType = shortened(headerOf(headers, "content-type") ?? "no content type", 80);
  const location = headerOf(headers, "location");
  const isAws = headerOf(headers, "x-amzn-requestid") !== undefined || code !== undefined;
  const sentence = isAws ? awsSentence(value) : undefined;
  if (location !== undefined) return `found status ${status} to ${JSON.stringify(location.slice(0, 200))}`;
  const name = code === undefined ? "" : `, ${shortened(code, 100)}`;
  const coding = contentCodingOf(headers);
  const compressed = coding === undefined ? "" : `, compressed on the way (${shortened(coding, 40)})`;
  return sentence === undefined
    ? `found status ${status}${name}, ${contentType}${compressed}`
    : `found status ${status}${name}, "${sentence}"`;
}

// AWS writes `Message` or `message`. After the first line it repeats the canonical request, session token included.
function awsSentence({ message, Message }: Record<string, unknown> = {}): string | undefined {
  const sentence = typeof message === "string" ? message : Message;
  return typeof sentence === "string" ? shortened(sentence.split("\n")[0] ?? "", 300) : undefined;
}
