// Turns an attempt that gave no stream into an error, and says whether another attempt may succeed.
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { bedrockFailure, mayPass } from "./failures.ts";
import { ConverseError } from "../converse-error.ts";
import type { ExchangeError } from "./post.ts";

export interface FailedAttempt {
  /** Bedrock's or Node's name of what went wrong. */
  name: string;
  error: ConverseError;
  /** `soon` is a failure that passes by itself, `later` one of too many requests; what was mended passes `at once`. */
  mayPass: "no" | "at once" | "soon" | "later";
  /** Nothing was attempted: the connection that had been kept was gone. */
  wasStale?: boolean;
  /** Milliseconds that Bedrock asks for. */
  retryAfter?: number;
}

/** Node's names for a connection that was not made or broke before the answer. */
export const networkCodes: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

export function notReached({ cause, wasStale }: ExchangeError): FailedAttempt {
  const { code = cause.name } = cause;
  if (!networkCodes.has(code)) return { name: code, error: bedrockFailure(code, ""), mayPass: "no" };
  const options = { cause, detail: code };
  const error = new ConverseError("UpstreamUnreachable", "Bedrock could not be reached", options);
  return { name: code, error, mayPass: "soon", wasStale };
}

/** Reads an answer that is no 200. Never rejects: what cannot be read or understood is a refusal all the same. */
export async function readRefusal(response: IncomingMessage): Promise<FailedAttempt> {
  const { statusCode = 0, headers } = response;
  const body = parse(await readText(response));
  const name = nameOf(headers["x-amzn-errortype"] ?? body["code"] ?? body["Code"] ?? body["__type"]);
  const message = String(body["message"] ?? body["Message"] ?? "");
  return {
    name,
    error: bedrockFailure(name, message, statusCode),
    mayPass: isExpired(name, message) ? "soon" : mayPass(name, statusCode),
    retryAfter: retryAfterOf(headers),
  };
}

/** The request was long on its way, as in an environment that was frozen: signed again, it may be taken. */
function isExpired(name: string, message: string): boolean {
  return name === "InvalidSignatureException" && message.includes("Signature expired");
}

/** Seconds or a date in one header, milliseconds in AWS's own. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterOf(headers: IncomingHttpHeaders): number {
  const { "retry-after": text = "", "x-amz-retry-after": milliseconds } = headers;
  const until = /^[\d.]+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Math.max(Number(milliseconds) || until || 0, 0);
}

/** `ThrottlingException` of `com.amazon#ThrottlingException:http://…`. https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization */
function nameOf(value: unknown): string {
  const [beforeColon = ""] = String(value ?? "Unknown").split(/[:,]/);
  return beforeColon.slice(beforeColon.indexOf("#") + 1);
}

/** Bedrock's refusals are a few hundred bytes; a page of some proxy's is not read for its own sake. */
const maxLength = 64 * 1024;
/** By then it has been sent whole, or its end is not worth the wait: the status is known. */
const bodyWithinMs = 2000;

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  const timer = setTimeout(() => response.destroy(), bodyWithinMs);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxLength) return "";
      chunks.push(chunk);
    }
  } catch {
    // Its status and its headers have been read: they are the refusal.
    return "";
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString();
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
