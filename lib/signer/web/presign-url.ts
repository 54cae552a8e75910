// Signs a URL with WebCrypto.
import { type PresigningOptions, presignWith } from "../presign-url.ts";
import { sigv4 } from "./sigv4.ts";

/** Returns the same URL, byte for byte, as the function in `node/presign-url.ts`, where the function is documented. */
export function presignUrl(url: string | URL, options: PresigningOptions): Promise<string> {
  return presignWith(sigv4, url, options);
}
