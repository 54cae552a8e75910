// Computes the signature that a request should have, with AWS's own canonicalization (@smithy/signature-v4).
import { HttpRequest } from "@smithy/core/protocols";
import { Hash } from "@smithy/hash-node";
import { getCanonicalHeaders, getSigningKey, SignatureV4Base } from "@smithy/signature-v4";
import { createHmac } from "node:crypto";
import type { SignatureClaims } from "./signature-claims.ts";
import { signatureMismatch } from "./signature-error.ts";
import { headerValues, parseQuery, splitTarget, type RawHeader, type WireRequest } from "./wire-request.ts";

export interface SigningInputs {
  bodyHash: string;
  accessKeyId: string;
  secretAccessKey: string;
}

export async function expectedSignature(
  request: WireRequest,
  claims: SignatureClaims,
  inputs: SigningInputs,
): Promise<string> {
  const scope = claims.credential.slice(inputs.accessKeyId.length + 1);
  const toSign = await new Canonicalizer().stringToSign(request, claims, { ...inputs, scope });
  const [date = "", region = "", service = ""] = scope.split("/");
  const key = await getSigningKey(Sha256, inputs, date, region, service);
  return createHmac("sha256", key).update(toSign).digest("hex");
}

class Sha256 extends Hash {
  constructor(secret?: ConstructorParameters<typeof Hash>[1]) {
    super("sha256", secret);
  }
}

/** Makes the steps of the signer accessible. The public signer cannot verify, because it chooses headers and date itself. */
class Canonicalizer extends SignatureV4Base {
  constructor() {
    const nobody = { accessKeyId: "", secretAccessKey: "" };
    super({ service: "", region: "", credentials: nobody, sha256: Sha256 });
  }

  stringToSign(
    request: WireRequest,
    claims: SignatureClaims,
    { bodyHash, scope }: { bodyHash: string; scope: string },
  ): Promise<string> {
    const { path, query } = splitTarget(request.target);
    const received = new HttpRequest({
      method: request.method,
      path,
      query: groupQuery(query),
      headers: joinHeaders(request.headers, claims.signedHeaders),
    });
    const headers = getCanonicalHeaders(received, undefined, new Set(claims.signedHeaders));
    const canonical = this.createCanonicalRequest(received, headers, bodyHash);
    return this.createStringToSign(claims.timestamp, scope, canonical, claims.algorithm);
  }
}

/**
 * Groups the query's values by name. Throws the error for a wrong signature if the query would get the same signature as a
 * different query. There are two causes: smithy leaves out the name `__proto__`, and an escape that cannot be decoded, such as
 * `%zz`, would be signed like `%25zz`.
 */
function groupQuery(query: string): Record<string, string[]> {
  const grouped: Record<string, string[]> = {};
  for (const [name, value] of parseQuery(query)) {
    if (name === "__proto__") throw signatureMismatch();
    (Object.hasOwn(grouped, name) ? grouped[name]! : (grouped[name] = [])).push(value);
  }
  if (!isDecodable(query)) throw signatureMismatch();
  return grouped;
}

function isDecodable(query: string): boolean {
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false;
  }
}

function joinHeaders(headers: RawHeader[], names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [
      name,
      headerValues(headers, name)
        .map((value) => value.trim())
        .join(","),
    ]),
  );
}
