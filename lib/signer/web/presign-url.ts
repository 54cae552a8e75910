// Signs a URL with WebCrypto.
import { type PresigningOptions, presignWith } from "../presign-url.ts";
import { sigv4 } from "./sigv4.ts";

/** See the function of the same name in `node/presign-url.ts`. Returns the same URL, byte for byte. */
export function presignUrl(url: string | URL, options: PresigningOptions): Promise<string> {
  return presignWith(sigv4, url, options);
}
