// Turns a failed attempt into an error, and determines whether another attempt may succeed.
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { errorNameIn, readErrorBody } from "../../shared/error-body.ts";
import { parseObject, type Members } from "../../shared/json-object.ts";
import { longestDelay, parseRetryAfter } from "../../shared/retry-after.ts";
import { bedrockFailure, retryKindOf, type RetryKind } from "./bedrock-errors.ts";
import { ConverseError, type RetryHint } from "../converse-error.ts";
import type { NoResponseError } from "./post.ts";

export interface FailedAttempt {
  /** Bedrock's or Node's name for the error. */
  name: string;
  error: ConverseError;
  /** "at once" if the cause was our clock, which has been corrected. */
  retry: RetryKind | "at once";
  /** Set if Bedrock did not get the request, because a connection that was kept from an earlier request had been closed. */
  wasStale?: boolean;
  /** Milliseconds that Bedrock asks us to wait. */
  retryAfter?: number;
}

/** Node's names for a connection that could not be made, or broke before the response. */
const networkCodes: ReadonlySet<string> = new Set([
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

export function failedConnection({ cause, wasStale }: NoResponseError): FailedAttempt {
  const { code = cause.name } = cause;
  if (!networkCodes.has(code)) return { name: code, error: bedrockFailure(code, ""), retry: "no" };
  const options = { cause, detail: code };
  const error = new ConverseError("UpstreamUnreachable", "Bedrock could not be reached", options);
  return { name: code, error, retry: "transient", wasStale };
}

/** In milliseconds. Short, because the status is already known, and the body only adds details. */
export const bodyTimeoutMs = 2000;

/** Reads a response whose status is not 200. Never rejects: the status is enough if the body cannot be read. */
export async function readBedrockErrorResponse(response: IncomingMessage): Promise<FailedAttempt> {
  const { statusCode = 0, headers } = response;
  const body = parseObject(await readErrorBody(response, bodyTimeoutMs)) ?? {};
  const name = errorNameOf(headers, body);
  const message = String(body["message"] ?? body["Message"] ?? "");
  const error = bedrockFailure(name, message, statusCode);
  const retryHint = retryHintIn(headers);
  if (retryHint) error.retryHint = retryHint;
  return {
    name,
    error,
    retry: isExpired(name, message) ? "transient" : retryKindOf(name, statusCode),
    retryAfter: retryHint?.milliseconds ?? 0,
  };
}

/** AWS's name for an error, from the headers or the JSON of its response; `Unknown` if neither has a name. */
export function errorNameOf(headers: IncomingHttpHeaders, body: Members): string {
  const type = headers["x-amzn-errortype"] ?? body["code"] ?? body["Code"] ?? body["__type"] ?? "Unknown";
  return errorNameIn(String(type));
}

/**
 * Reads how long Bedrock asks its caller to wait, from `x-amz-retry-after` (milliseconds) or `retry-after`. Returns undefined if
 * there is no such header, or if its value is malformed.
 */
function retryHintIn(headers: IncomingHttpHeaders): RetryHint | undefined {
  const own = headers["x-amz-retry-after"];
  if (typeof own === "string" && /^\d+$/.test(own)) {
    return { milliseconds: Math.min(Number(own), longestDelay), header: ["x-amz-retry-after", own] };
  }
  const usual = headers["retry-after"];
  const milliseconds = parseRetryAfter(usual);
  if (usual === undefined || milliseconds === undefined) return undefined;
  return { milliseconds, header: ["retry-after", usual] };
}

/**
 * Whether the request took too long to arrive, for example because Lambda froze the execution environment in the meantime.
 * Bedrock may accept it with a new signature.
 */
function isExpired(name: string, message: string): boolean {
  return name === "InvalidSignatureException" && message.includes("Signature expired");
}
