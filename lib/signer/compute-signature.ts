// Computes the headers that sign a checked request.
import { type Credentials, type CredentialsProvider, resolveCredentials } from "./credentials.ts";
import { amzDate } from "../shared/amz-date.ts";
import type { SigningKey, SigV4Request } from "../shared/sigv4.ts";

/** The two computations that SigV4 consists of, with Node's crypto module or with WebCrypto. */
export interface Sigv4 {
  /** The hash in hexadecimal. A string is hashed as UTF-8. All bytes are read before the function returns. */
  sha256(content: string | Uint8Array): string | Promise<string>;
  /** The value of the `authorization` header. */
  authorizationOf(request: SigV4Request, key: SigningKey): string | Promise<string>;
}

/** A request that every verifier interprets in the same way. All its headers are signed; their names are in lower case. */
export interface CheckedRequest extends SigV4Request {
  content: string | Uint8Array;
}

export interface Signatory {
  credentials: Credentials | CredentialsProvider;
  /** Must be valid. Default: now. */
  date?: Date | undefined;
}

/**
 * The headers to send in addition to the request's own: `x-amz-content-sha256`, `x-amz-date`, `authorization`, and
 * `x-amz-security-token` for temporary keys. Rejects with the errors of {@link resolveCredentials}.
 */
export async function computeSignature(
  sigv4: Sigv4,
  { content, ...request }: CheckedRequest,
  { credentials, date }: Signatory,
): Promise<Record<string, string>> {
  // Hash at once, because the caller may change the bytes afterwards.
  const hashing = sigv4.sha256(content);
  const [hash, { sessionToken, ...key }] = await Promise.all([hashing, resolveCredentials(credentials)]);
  const added = {
    "x-amz-content-sha256": hash,
    // Take the time only now, because the credentials provider may take longer than a signature is valid.
    "x-amz-date": amzDate(date ?? new Date()),
    ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
  };
  const headers = { ...request.headers, ...added };
  return { ...added, authorization: await sigv4.authorizationOf({ ...request, headers }, key) };
}
