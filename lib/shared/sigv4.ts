// Computes the `authorization` header of AWS Signature Version 4 with aws4.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
import aws4 from "aws4";

/**
 * A request as it will be sent. Its headers must include `host` and, if `dateTime` is not set, `x-amz-date`. aws4 signs all
 * headers except a few that change on the way, such as `user-agent`.
 */
export interface SigV4Request {
  service: string;
  region: string;
  method: string;
  /** Percent-encoded, without the query. */
  path: string;
  /** The decoded values, by key. */
  query: Record<string, string[]>;
  headers: Record<string, string>;
  /** The time of the signature, such as `20260102T030405Z`, if it is in the query instead of `x-amz-date`. */
  dateTime?: string;
}

export interface SigningKey {
  accessKeyId: string;
  secretAccessKey: string;
}

/** Note that aws4 keeps the secret, and the keys derived from it, in this process's memory. */
export function authorizationOf(request: SigV4Request, key: SigningKey): string {
  const signer = new aws4.RequestSigner(request, key);
  // If `parsedPath` and `datetime` are set, aws4 does not parse a URL and does not guess headers to add. It reads only `path`
  // and `query` of `parsedPath`.
  signer.parsedPath = request;
  signer.datetime = request.headers["x-amz-date"] ?? request.dateTime ?? "";
  return signer.authHeader();
}
