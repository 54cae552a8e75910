// Signs one request with aws4 and Node's crypto module.
import { type SignableRequest, type SigningOptions, signWith } from "../sign-request.ts";
import { sigv4 } from "./sigv4.ts";

/**
 * Signs a request with AWS Signature Version 4 and returns all headers to send: the caller's, unchanged, and
 * `host`, `x-amz-date`, `x-amz-content-sha256`, `authorization`, and `x-amz-security-token` for temporary keys.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 *
 * Sends nothing. Rejects with a {@link ConfigurationError} if credentials, service or Region are missing, or if the URL,
 * a header or the body cannot be signed safely, and with an `AuthorizationError` if the credentials provider fails.
 * On Node, aws4 keeps the secret and the keys derived from it in this process's memory. Other runtimes sign with WebCrypto.
 *
 * @example
 * const url = "https://abc123.lambda-url.eu-west-1.on.aws/";
 * const body = JSON.stringify({ prompt: "Why is the sky blue?" });
 * const headers = await signRequest({ method: "POST", url, body }, { credentials });
 * const response = await fetch(url, { method: "POST", headers, body, redirect: "error" });
 */
export function signRequest(
  request: SignableRequest,
  options: SigningOptions,
): Promise<Record<string, string>> {
  return signWith(sigv4, request, options);
}
