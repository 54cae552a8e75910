// Signs a URL with WebCrypto.
import { type PresigningOptions, presignWith } from "../presign-url.ts";
import { sigv4 } from "./sigv4.ts";

/** The same URL, byte for byte, as that of the Node entry's function, which has the documentation. */
export function presignUrl(url: string | URL, options: PresigningOptions): Promise<string> {
  return presignWith(sigv4, url, options);
}
