// Signs one request with WebCrypto.
import { type SignableRequest, type SigningOptions, signWith } from "../sign-request.ts";
import { sigv4 } from "./sigv4.ts";

/** See the function of the same name in `node/sign-request.ts`. Returns the same headers, byte for byte. */
export function signRequest(
  request: SignableRequest,
  options: SigningOptions,
): Promise<Record<string, string>> {
  return signWith(sigv4, request, options);
}
