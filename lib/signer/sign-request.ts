// Signs one request: checks all that will be sent and normalises it, so that aws4 signs exactly those bytes.
import { createHash } from "node:crypto";
import { types } from "node:util";
import { type Credentials, type CredentialsProvider, resolveCredentials } from "./credentials.ts";
import { parseEndpoint, scopeOf } from "./signing-scope.ts";
import { ConfigurationError } from "./errors.ts";
import { amzDate, authorizationOf } from "../shared/sigv4.ts";
import { checkHeaders, type HeadersInput } from "./headers.ts";
import { parseTarget } from "./request-target.ts";

/** The request, exactly as it will be sent. */
export interface SignableRequest {
  /** Default: `GET`. */
  method?: string | undefined;
  /** `https:`, or `http:` to this machine. Send to `new URL(url).href`, as fetch and `node:http` do. */
  url: string | URL;
  headers?: HeadersInput | undefined;
  /** The bytes to send. Send a string as UTF-8. */
  body?: string | ArrayBuffer | ArrayBufferView | undefined;
}

export interface SigningOptions {
  credentials: Credentials | CredentialsProvider;
  /** Such as `eu-west-1`. Default: the Region in the host of a Function URL. Required for other hosts. */
  region?: string | undefined;
  /** Default: `lambda` for a Function URL. Required for other hosts. */
  service?: string | undefined;
  /** The time of the signature, which AWS accepts for five minutes. Default: now. */
  date?: Date | undefined;
}

const methods = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

/**
 * Signs a request with AWS Signature Version 4 and returns all headers to send: the caller's, unchanged, and
 * `host`, `x-amz-date`, `x-amz-content-sha256`, `authorization`, and `x-amz-security-token` for temporary keys.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 *
 * Sends nothing. Rejects with a {@link ConfigurationError} if credentials, service or Region are missing, or if the URL,
 * a header or the body cannot be signed safely; with an `AuthorizationError` if the credentials provider fails.
 * aws4 keeps the secret and the keys derived from it in this process's memory.
 *
 * @example
 * const url = "https://abc123.lambda-url.eu-west-1.on.aws/";
 * const body = JSON.stringify({ prompt: "Why is the sky blue?" });
 * const headers = await signRequest({ method: "POST", url, body }, { credentials });
 * const response = await fetch(url, { method: "POST", headers, body, redirect: "error" });
 */
export async function signRequest(
  request: SignableRequest,
  options: SigningOptions,
): Promise<Record<string, string>> {
  const url = parseEndpoint(request.url);
  const { service, region } = scopeOf(url, options);
  const method = checkMethod(request.method ?? "GET");
  const { given, signed } = checkHeaders(request.headers, url.host);
  const target = parseTarget(url);
  const bodyHash = hashBody(request.body);
  const credentials = await resolveCredentials(options.credentials);

  // Only now, because the credentials provider may take longer than a signature is valid.
  const date = formatDate(options.date ?? new Date());
  const added: Record<string, string> = { "x-amz-content-sha256": bodyHash, "x-amz-date": date };
  if (credentials.sessionToken !== undefined) added["x-amz-security-token"] = credentials.sessionToken;

  const toSign = { service, region, method, ...target, headers: { ...signed, ...added } };
  added["authorization"] = authorizationOf(toSign, credentials);
  return { ...given, ...added };
}

// fetch converts the other methods to upper case, but sends "patch" unchanged: https://fetch.spec.whatwg.org/#concept-method-normalize
function checkMethod(method: string): string {
  const sent = /^patch$/i.test(method) ? method : method.toUpperCase();
  if (methods.has(sent)) return sent;
  throw new ConfigurationError(
    `Cannot sign the method ${JSON.stringify(method)}: a Function URL takes ${[...methods].join(", ")}`,
  );
}

function hashBody(body: unknown): string {
  const hash = createHash("sha256");
  if (body === undefined) return hash.digest("hex");
  if (typeof body === "string") return hash.update(body, "utf8").digest("hex");
  if (types.isArrayBuffer(body)) return hash.update(new Uint8Array(body)).digest("hex");
  if (ArrayBuffer.isView(body))
    return hash.update(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)).digest("hex");
  throw new ConfigurationError(
    "Cannot sign a body that is neither a string nor bytes: the signature covers the hash of the whole body;" +
      " a stream must be read first",
  );
}

function formatDate(date: Date): string {
  const text = Number.isNaN(date.getTime()) ? "" : amzDate(date);
  if (/^\d{8}T\d{6}Z$/.test(text)) return text;
  throw new ConfigurationError(
    "Cannot sign with an invalid date: AWS needs a year of four digits; set a valid date",
  );
}
