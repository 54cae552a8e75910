// Computes hashes and the `authorization` header of AWS Signature Version 4 with WebCrypto.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import type { SigningKey, SigV4Request } from "../../shared/sigv4.ts";
import type { Sigv4 } from "../compute-signature.ts";
import { ConfigurationError } from "../errors.ts";
import { canonicalRequest } from "./canonical-request.ts";

const algorithm = "AWS4-HMAC-SHA256";
const encoder = new TextEncoder();

export const sigv4: Sigv4 = { sha256, authorizationOf };

/**
 * Signs all headers, which must include `host` and, if `dateTime` is not set, `x-amz-date`. Without `x-amz-content-sha256` the
 * body counts as empty. Does not keep the key in memory. Rejects with a {@link ConfigurationError} if there is no WebCrypto.
 */
async function authorizationOf(request: SigV4Request, key: SigningKey): Promise<string> {
  const dateTime = request.headers["x-amz-date"] ?? request.dateTime ?? "";
  const scope = [dateTime.slice(0, 8), request.region, request.service, "aws4_request"];
  const bodyHash = request.headers["x-amz-content-sha256"] ?? (await sha256(""));
  const { canonical, signedHeaders } = canonicalRequest(request, bodyHash);
  const toSign = [algorithm, dateTime, scope.join("/"), await sha256(canonical)].join("\n");
  let bytes: Uint8Array<ArrayBuffer> = encoder.encode(`AWS4${key.secretAccessKey}`);
  for (const part of [...scope, toSign]) bytes = await hmac(bytes, part);
  return [
    `${algorithm} Credential=${key.accessKeyId}/${scope.join("/")}`,
    `SignedHeaders=${signedHeaders}`,
    `Signature=${hexadecimal(bytes)}`,
  ].join(", ");
}

/** In hexadecimal. A string is hashed as UTF-8. */
async function sha256(content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === "string" ? encoder.encode(content) : content;
  return hexadecimal(new Uint8Array(await subtle().digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)));
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const hash = { name: "HMAC", hash: "SHA-256" };
  const imported = await subtle().importKey("raw", key, hash, false, ["sign"]);
  return new Uint8Array(await subtle().sign("HMAC", imported, encoder.encode(text)));
}

/** Browsers offer WebCrypto only to pages that came over https or from this machine. */
function subtle(): typeof crypto.subtle {
  const found = globalThis.crypto?.subtle as typeof crypto.subtle | undefined;
  if (found) return found;
  throw new ConfigurationError(
    "Cannot sign here: this page or runtime has no WebCrypto; serve the page over https or from localhost",
  );
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
