// Reads the parts of a signature from the Authorization header or from a presigned query string.
//
// The checks have the order and wording of AWS's services, where these are known:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
import { SignatureError } from "./signature-error.ts";
import { headerValues, parseQuery, splitTarget, type WireRequest } from "./wire-request.ts";

export interface SignatureClaims {
  algorithm: string;
  /** In the form `keyId/date/region/service/aws4_request`. */
  credential: string;
  /** In lower case and sorted, because AWS sorts them before it computes the signature. */
  signedHeaders: string[];
  signature: string;
  /** The value of `X-Amz-Date`, not yet checked. */
  timestamp: string;
  sessionToken?: string;
  /** Only for a presigned URL. */
  presigned?: { expires: string | undefined; bodyHash: string | undefined };
}

const queryNames = [
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-SignedHeaders",
  "X-Amz-Signature",
  "X-Amz-Security-Token",
  "X-Amz-Content-Sha256",
];
const optionalQueryNames = ["X-Amz-Expires", "X-Amz-Security-Token", "X-Amz-Content-Sha256"];

export function readClaims(request: WireRequest): SignatureClaims {
  const authorizations = headerValues(request.headers, "authorization");
  const query = readQuery(request.target);
  if (authorizations.length > 1) {
    throw new SignatureError("IncompleteSignatureException", "Authorization header must be sent only once.");
  }
  const authorization = authorizations[0];
  if (authorization !== undefined && (query.has("X-Amz-Algorithm") || query.has("X-Amz-Signature"))) {
    throw new SignatureError(
      "InvalidSignatureException",
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
  }
  if (authorization?.startsWith("AWS4-")) return readHeader(authorization, request);
  if (authorization === undefined && query.has("X-Amz-Algorithm")) return claimsOfQuery(query);
  throw new SignatureError("MissingAuthenticationTokenException", "Missing Authentication Token");
}

function readHeader(authorization: string, request: WireRequest): SignatureClaims {
  const space = authorization.search(/\s|$/);
  const fields = readFields(authorization.slice(space));
  const dates = headerValues(request.headers, "x-amz-date");
  const missing = ["Credential", "Signature", "SignedHeaders"]
    .filter((name) => !fields.has(name))
    .map((name) => `Authorization header requires '${name}' parameter.`);
  if (dates.length === 0) missing.push("Authorization header requires existence of a 'X-Amz-Date' header.");
  if (missing.length > 0) throw new SignatureError("IncompleteSignatureException", missing.join(" "));
  if (dates.length > 1) {
    throw new SignatureError("IncompleteSignatureException", "'X-Amz-Date' header must be sent only once.");
  }
  const tokens = headerValues(request.headers, "x-amz-security-token");
  return {
    algorithm: authorization.slice(0, space),
    credential: fields.get("Credential")!,
    signedHeaders: splitSignedHeaders(fields.get("SignedHeaders")!),
    signature: fields.get("Signature")!,
    timestamp: dates[0]!,
    ...(tokens.length > 0 && { sessionToken: tokens.join(",") }),
  };
}

function readFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const part of text.split(",")) {
    const field = part.trim();
    const equals = field.indexOf("=");
    const name = field.slice(0, equals);
    if (equals < 1 || fields.has(name)) {
      throw new SignatureError(
        "IncompleteSignatureException",
        "Authorization header must hold each of its key=value pairs once, separated by commas.",
      );
    }
    fields.set(name, field.slice(equals + 1));
  }
  return fields;
}

/** Reads the parameters of the signature. Their names may be in upper or lower case. */
function readQuery(target: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of parseQuery(splitTarget(target).query)) {
    const known = queryNames.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (known === undefined) continue;
    if (found.has(known)) {
      throw new SignatureError("IncompleteSignatureException", `'${known}' must be given only once.`);
    }
    found.set(known, value);
  }
  return found;
}

function claimsOfQuery(query: Map<string, string>): SignatureClaims {
  const missing = queryNames.filter((name) => !query.has(name) && !optionalQueryNames.includes(name));
  if (missing.length > 0) {
    const sentences = missing.map((name) => `AWS query-string parameters must include '${name}'.`);
    throw new SignatureError("IncompleteSignatureException", sentences.join(" "));
  }
  const token = query.get("X-Amz-Security-Token");
  return {
    algorithm: query.get("X-Amz-Algorithm")!,
    credential: query.get("X-Amz-Credential")!,
    signedHeaders: splitSignedHeaders(query.get("X-Amz-SignedHeaders")!),
    signature: query.get("X-Amz-Signature")!,
    timestamp: query.get("X-Amz-Date")!,
    ...(token !== undefined && { sessionToken: token }),
    presigned: { expires: query.get("X-Amz-Expires"), bodyHash: query.get("X-Amz-Content-Sha256") },
  };
}

function splitSignedHeaders(list: string): string[] {
  return list.toLowerCase().split(";").filter(Boolean).sort();
}
