// Signs one request: checks and normalizes everything that will be sent, so that exactly those bytes are signed.
import { computeSignature, type Sigv4 } from "./compute-signature.ts";
import type { Credentials, CredentialsProvider } from "./credentials.ts";
import { parseEndpoint, scopeOf } from "./signing-scope.ts";
import { ConfigurationError } from "./errors.ts";
import { bytesOf } from "./signable-body.ts";
import { checkHeaders, type HeadersInput } from "./headers.ts";
import { parseTarget } from "./request-target.ts";

/** The request, exactly as it will be sent. */
export interface SignableRequest {
  /** Default: `GET`. */
  method?: string | undefined;
  /** `https:`, or `http:` to this machine. Send the request to `new URL(url).href`, as fetch and `node:http` do. */
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

/** The type of `signRequest`. */
export type SignRequest = (
  request: SignableRequest,
  options: SigningOptions,
) => Promise<Record<string, string>>;

/** Does the work of a {@link SignRequest}, with the given implementation of SigV4. */
export async function signWith(
  sigv4: Sigv4,
  request: SignableRequest,
  options: SigningOptions,
): Promise<Record<string, string>> {
  const url = parseEndpoint(request.url);
  const { service, region } = scopeOf(url, options);
  const method = checkMethod(request.method ?? "GET");
  const { given, signed } = checkHeaders(request.headers, url.host);
  const content = contentOf(request.body);
  checkDate(options.date);
  const toSign = { service, region, method, ...parseTarget(url), headers: signed, content };
  return { ...given, ...(await computeSignature(sigv4, toSign, options)) };
}

// fetch sends "patch" unchanged, although it converts the other methods to upper case:
// https://fetch.spec.whatwg.org/#concept-method-normalize
function checkMethod(method: string): string {
  const sent = /^patch$/i.test(method) ? method : method.toUpperCase();
  if (methods.has(sent)) return sent;
  throw new ConfigurationError(
    `Cannot sign the method ${JSON.stringify(method)}: a Function URL does not accept it; use ${[...methods].join(", ")}`,
  );
}

function contentOf(body: unknown): string | Uint8Array {
  if (body === undefined) return "";
  if (typeof body === "string") return body;
  const bytes = bytesOf(body);
  if (bytes) return bytes;
  throw new ConfigurationError(
    "Cannot sign a body that is neither a string nor bytes: the signature covers the hash of the whole body;" +
      " read a stream into memory first",
  );
}

export function checkDate(date: Date | undefined): void {
  const year = date?.getUTCFullYear() ?? 0;
  if (year >= 0 && year <= 9999) return;
  throw new ConfigurationError(
    "Cannot sign with an invalid date: AWS needs a year of four digits; set a valid date",
  );
}
