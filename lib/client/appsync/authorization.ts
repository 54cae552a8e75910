// Makes the headers that identify the caller to AppSync. Each HTTP request, each connection and each subscription needs them.
// https://docs.aws.amazon.com/appsync/latest/devguide/real-time-websocket-client.html#header-parameter-format-based-on-appsync-api-authorization-mode
import { computeSignature, type Sigv4 } from "../../signer/compute-signature.ts";
import { parseTarget } from "../../signer/request-target.ts";
import type { SigningOptions } from "../../signer/sign-request.ts";

/** An API key, or IAM credentials. */
export type Caller = { apiKey: string } | { credentials: SigningOptions["credentials"]; region: string };

/** Returns the headers for a POST of `body` to `url`: the given ones, plus an API key or a new signature. */
export type Authorize = (
  url: URL,
  body: string,
  headers: Record<string, string>,
) => Promise<Record<string, string>>;

export function createAuthorize(caller: Caller, sigv4: Sigv4): Authorize {
  if ("apiKey" in caller) {
    return async ({ host }, _body, headers) => ({ ...headers, host, "x-api-key": caller.apiKey });
  }
  const { credentials, region } = caller;
  const scope = { service: "appsync", region, method: "POST" };
  return async (url, content, given) => {
    const headers = { host: url.host, ...given };
    const toSign = { ...scope, ...parseTarget(url), headers, content };
    return { ...headers, ...(await computeSignature(sigv4, toSign, { credentials })) };
  };
}
