// Signs one request: checks and normalises everything that will be sent, so that exactly those bytes are signed.
import { type Credentials, type CredentialsProvider, resolveCredentials } from "./credentials.ts";
import { parseEndpoint, scopeOf } from "./signing-scope.ts";
import { ConfigurationError } from "./errors.ts";
import { amzDate } from "../shared/amz-date.ts";
import type { SigningKey, SigV4Request } from "../shared/sigv4.ts";
import { bytesOf } from "./signable-body.ts";
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

/** SigV4's two computations, done by Node's crypto module or by WebCrypto. */
export interface Sigv4 {
  /** In hexadecimal. A string is hashed as UTF-8. Reads all bytes before it returns. */
  sha256(content: string | Uint8Array): string | Promise<string>;
  /** The value of the `authorization` header. */
  authorizationOf(request: SigV4Request, key: SigningKey): string | Promise<string>;
}

/** The type of `signRequest`. */
export type SignRequest = (
  request: SignableRequest,
  options: SigningOptions,
) => Promise<Record<string, string>>;

/** {@link SignRequest}, with the given computations. */
export async function signWith(
  sigv4: Sigv4,
  request: SignableRequest,
  options: SigningOptions,
): Promise<Record<string, string>> {
  const url = parseEndpoint(request.url);
  const { service, region } = scopeOf(url, options);
  const method = checkMethod(request.method ?? "GET");
  const { given, signed } = checkHeaders(request.headers, url.host);
  const target = parseTarget(url);
  // Starts now, because the caller may change the bytes afterwards.
  const hashing = sigv4.sha256(contentOf(request.body));
  const credentials = await resolveCredentials(options.credentials);

  // Only now, because the credentials provider may take longer than a signature is valid.
  const date = formatDate(options.date ?? new Date());
  const added: Record<string, string> = { "x-amz-content-sha256": await hashing, "x-amz-date": date };
  if (credentials.sessionToken !== undefined) added["x-amz-security-token"] = credentials.sessionToken;

  const toSign = { service, region, method, ...target, headers: { ...signed, ...added } };
  added["authorization"] = await sigv4.authorizationOf(toSign, credentials);
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

function contentOf(body: unknown): string | Uint8Array {
  if (body === undefined) return "";
  if (typeof body === "string") return body;
  const bytes = bytesOf(body);
  if (bytes) return bytes;
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
