// SigV4 for one request, on aws4: what to send is checked and spelt out here, aws4 computes the signature.
import { createHash } from "node:crypto";
import { types } from "node:util";
import { type Credentials, type CredentialsProvider, resolveCredentials } from "./credentials.ts";
import { parseEndpoint, scopeOf } from "./signing-scope.ts";
import { ConfigurationError } from "./errors.ts";
import { amzDate, authorizationOf } from "../shared/sigv4.ts";
import { checkHeaders, type HeadersInput } from "./headers.ts";
import { parseTarget } from "./request-target.ts";

/** What is about to be sent, exactly. */
export interface SignableRequest {
  /** Default: `GET`. */
  method?: string | undefined;
  /** `https:`, or `http:` to this machine. Send to it as `new URL(url).href`: what fetch and `node:http` do. */
  url: string | URL;
  headers?: HeadersInput | undefined;
  /** The bytes to be sent. A string is sent as UTF-8. */
  body?: string | ArrayBuffer | ArrayBufferView | undefined;
}

export interface SigningOptions {
  credentials: Credentials | CredentialsProvider;
  /** Such as `eu-west-1`. Default: the one in the host of a Function URL; for other hosts it must be given. */
  region?: string | undefined;
  /** Default: `lambda` for a Function URL; for other hosts it must be given. */
  service?: string | undefined;
  /** When the request is signed; AWS accepts it for five minutes. Default: now. */
  date?: Date | undefined;
}

const methods = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

/**
 * Signs a request with AWS Signature Version 4 and gives back all headers to send: the caller's, unchanged, and
 * `host`, `x-amz-date`, `x-amz-content-sha256`, `authorization`, and `x-amz-security-token` for temporary keys.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 *
 * Sends nothing. Rejects with {@link ConfigurationError} for missing credentials, an unknown scope, or a URL, a
 * header or a body that cannot be signed safely; with `AuthorizationError` if the credentials provider fails.
 * aws4 keeps derived keys, with the secret, in this process's memory.
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

  // After the credentials, because a provider may take longer than a signature is valid.
  const date = formatDate(options.date ?? new Date());
  const added: Record<string, string> = { "x-amz-content-sha256": bodyHash, "x-amz-date": date };
  if (credentials.sessionToken !== undefined) added["x-amz-security-token"] = credentials.sessionToken;

  const toSign = { service, region, method, ...target, headers: { ...signed, ...added } };
  added["authorization"] = authorizationOf(toSign, credentials);
  return { ...given, ...added };
}

// fetch upper-cases the others but sends "patch" as it stands: https://fetch.spec.whatwg.org/#concept-method-normalize
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
    "Cannot sign a body that is neither a string nor bytes: the signature covers the hash of the whole body," +
      " so that a stream must be read first",
  );
}

function formatDate(date: Date): string {
  const text = Number.isNaN(date.getTime()) ? "" : amzDate(date);
  if (/^\d{8}T\d{6}Z$/.test(text)) return text;
  throw new ConfigurationError("Cannot sign with an invalid date");
}
