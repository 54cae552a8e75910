// Signs one request with WebCrypto.
import { type SignableRequest, type SigningOptions, signWith } from "../sign-request.ts";
import { sigv4 } from "./sigv4.ts";

/** Returns the same headers, byte for byte, as the function in `node/sign-request.ts`, where the function is documented. */
export function signRequest(
  request: SignableRequest,
  options: SigningOptions,
): Promise<Record<string, string>> {
  return signWith(sigv4, request, options);
}
