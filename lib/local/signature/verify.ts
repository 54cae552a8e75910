// Verifies the SigV4 signature of a request as AWS does, for any service.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, timingSafeEqual } from "node:crypto";
import { readClaims, type SignatureClaims } from "./signature-claims.ts";
import { expectedSignature } from "./expected-signature.ts";
import { signatureMismatch, SignatureError, type SignatureErrorResponse } from "./signature-error.ts";
import { checkTime } from "./signature-date.ts";
import { headerValues, type WireRequest } from "./wire-request.ts";

/** The secret and the owner of an access key. Temporary keys have a `sessionToken`. */
export interface KnownCredentials {
  secretAccessKey: string;
  sessionToken?: string;
  accountId?: string;
  userArn?: string;
  userId?: string;
}

export interface SignatureOptions {
  credentials: (accessKeyId: string) => KnownCredentials | undefined;
  region: string;
  service: string;
  /** Milliseconds since the epoch. */
  now: number;
  /** Milliseconds by which the signer's clock may be wrong. AWS allows 5 minutes. */
  skewMs: number;
}

/** The owner of the access key. */
export interface Identity {
  accessKeyId: string;
  accountId: string;
  userArn: string;
  userId: string;
}

export type SignatureVerdict =
  { ok: true; identity: Identity } | { ok: false; error: SignatureErrorResponse };

/** Resolves with the identity of the signer, or with the error response that AWS would send. */
export async function verifySignature(
  request: WireRequest,
  options: SignatureOptions,
): Promise<SignatureVerdict> {
  try {
    return { ok: true, identity: await identify(request, options) };
  } catch (error) {
    if (error instanceof SignatureError) return { ok: false, error: error.response };
    throw error;
  }
}

async function identify(request: WireRequest, options: SignatureOptions): Promise<Identity> {
  const claims = readClaims(request);
  checkTime(claims, options);
  checkSignedHeaders(claims, request);
  if (claims.algorithm !== "AWS4-HMAC-SHA256") {
    throw new SignatureError("IncompleteSignatureException", "Unsupported AWS 'algorithm'.");
  }
  const accessKeyId = checkScope(claims, options);
  const credentials = options.credentials(accessKeyId);
  if (!credentials || !equals(claims.sessionToken ?? "", credentials.sessionToken ?? "")) {
    throw new SignatureError(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  }
  const bodyHash = hashBody(claims, request);
  const expected = await expectedSignature(request, claims, {
    bodyHash,
    accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
  });
  if (!equals(claims.signature, expected)) throw signatureMismatch();
  const accountId = credentials.accountId ?? "123456789012";
  return {
    accessKeyId,
    accountId,
    userArn: credentials.userArn ?? `arn:aws:iam::${accountId}:user/${accessKeyId}`,
    userId: credentials.userId ?? accessKeyId,
  };
}

/** `host` and all `x-amz-` headers must be signed. Signed headers must be present, and listed only once. */
function checkSignedHeaders({ signedHeaders }: SignatureClaims, request: WireRequest): void {
  if (!signedHeaders.includes("host")) {
    const message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
    throw new SignatureError("InvalidSignatureException", message);
  }
  const loose = request.headers
    .map(([name]) => name.toLowerCase())
    .filter((name) => name.startsWith("x-amz-"));
  const unsigned = loose.find((name) => !signedHeaders.includes(name));
  if (unsigned !== undefined) {
    const message = `'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`;
    throw new SignatureError("InvalidSignatureException", message);
  }
  const absent = signedHeaders.some((name) => headerValues(request.headers, name).length === 0);
  if (absent || new Set(signedHeaders).size < signedHeaders.length) {
    throw signatureMismatch();
  }
}

/** Returns the access key id. Throws one error with everything that is wrong with the scope, as AWS does. */
function checkScope({ credential, timestamp }: SignatureClaims, options: SignatureOptions): string {
  const parts = credential.split("/");
  const [accessKeyId, date, region, service, terminator] = parts;
  if (parts.length !== 5 || !accessKeyId) {
    throw new SignatureError(
      "IncompleteSignatureException",
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
    );
  }
  const day = timestamp.slice(0, 8);
  const wrong = [
    region !== options.region && "Credential should be scoped to a valid region.",
    service !== options.service && `Credential should be scoped to correct service: '${options.service}'.`,
    terminator !== "aws4_request" && "Credential should be scoped with a valid terminator: 'aws4_request'.",
    date !== day &&
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.",
  ].filter((message) => message !== false);
  if (wrong.length > 0) throw new SignatureError("InvalidSignatureException", wrong.join(" "));
  return accessKeyId;
}

/** As on Lambda, unsigned payloads, streamed payloads and presigned URLs with a body are rejected. */
function hashBody({ presigned }: SignatureClaims, { headers, body }: WireRequest): string {
  const hash = createHash("sha256").update(body).digest("hex");
  const claimed = [...headerValues(headers, "x-amz-content-sha256"), presigned?.bodyHash];
  const differs = claimed.some((claim) => claim !== undefined && claim !== hash);
  if (differs || (presigned && body.length > 0)) {
    throw signatureMismatch();
  }
  return hash;
}

/** Compares in constant time. Both sides are hashed, because `timingSafeEqual` needs equal lengths. */
function equals(left: string, right: string): boolean {
  const [first, second] = [left, right].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(first!, second!);
}
