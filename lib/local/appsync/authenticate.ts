// Authenticates the sender of a request or a message: by an API key, or by a signature for the service `appsync`.
// https://docs.aws.amazon.com/appsync/latest/devguide/security-authz.html
import { createHash, timingSafeEqual } from "node:crypto";
import { headerValues, verifySignature, type RawHeader, type WireRequest } from "../signature/index.ts";
import type { AppSyncOptions, Caller } from "./appsync-options.ts";

export interface Refusal {
  status: 401 | 403;
  errorType: string;
  message: string;
}

/** AWS accepts a signature if its time differs from the server's by at most five minutes. */
const clockSkewMs = 5 * 60_000;

export async function authenticate(
  request: WireRequest,
  options: Pick<AppSyncOptions, "apiKey" | "callers" | "role" | "region">,
): Promise<Caller | Refusal> {
  const [key] = headerValues(request.headers, "x-api-key");
  if (key !== undefined) return isSame(key, options.apiKey) ? { mode: "apiKey" } : unknownKey;
  const [authorization = ""] = headerValues(request.headers, "authorization");
  if (!authorization.startsWith("AWS4-")) return missing;
  const { region } = options;
  const credentials = (id: string) => options.role(id) ?? options.callers(id);
  const verdict = await verifySignature(
    { ...request, headers: signedHeaders(request.headers, authorization) },
    { service: "appsync", region, credentials, now: Date.now(), skewMs: clockSkewMs },
  );
  if (verdict.ok) return { mode: "iam", identity: verdict.identity };
  const { status, type, message } = verdict.error;
  return { status, errorType: type, message };
}

const unknownKey: Refusal = {
  status: 401,
  errorType: "UnauthorizedException",
  message: "You are not authorized to make this call.",
};
const missing: Refusal = {
  status: 401,
  errorType: "UnauthorizedException",
  message: "Valid authorization header not provided.",
};

/** Drops headers that were not signed: AWS Amplify adds `x-amz-user-agent` after signing, and AppSync accepts that. */
function signedHeaders(headers: readonly RawHeader[], authorization: string): RawHeader[] {
  const [, list = ""] = /SignedHeaders=([^,\s]*)/.exec(authorization) ?? [];
  const names = ["authorization", "x-amz-date", "x-amz-security-token", ...list.toLowerCase().split(";")];
  return headers.filter(([name]) => names.includes(name.toLowerCase()));
}

/** Compares hashes, because `timingSafeEqual` needs equal lengths. */
function isSame(found: string, expected: string | undefined): boolean {
  if (expected === undefined) return false;
  const [one, other] = [found, expected].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(one!, other!);
}
