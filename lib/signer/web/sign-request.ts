// Signs one request with WebCrypto.
import { type SignableRequest, type SigningOptions, signWith } from "../sign-request.ts";
import { authorizationOf, sha256 } from "./sigv4.ts";

/** The same headers, byte for byte, as those of the Node entry's function, which has the documentation. */
export function signRequest(
  request: SignableRequest,
  options: SigningOptions,
): Promise<Record<string, string>> {
  return signWith({ sha256, authorizationOf }, request, options);
}
