// Verifies the signature of a received request with AWS's own implementation, and without our code.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Hash } from "@smithy/hash-node";
import { SignatureV4 } from "@smithy/signature-v4";

export interface Expected {
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  service: string;
  region: string;
}

const authorizationForm =
  /^AWS4-HMAC-SHA256 Credential=([^/ ]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/** Resolves with a description of the fault in the signature, or with undefined if the signature is valid. */
export async function findFault(
  request: IncomingMessage,
  body: Buffer,
  expected: Expected,
): Promise<string | undefined> {
  const headers = readHeaders(request.rawHeaders);
  const parts = authorizationForm.exec(headers.get("authorization") ?? "");
  if (!parts) return "missing or malformed authorization header";
  const [authorization, key, day, region, service, signedHeaders = ""] = parts;
  const date = headers.get("x-amz-date") ?? "";
  const signed = signedHeaders.split(";");
  if (key !== expected.credentials.accessKeyId) return "wrong access key";
  if (region !== expected.region || service !== expected.service) return `scope ${region}/${service}`;
  if (!/^\d{8}T\d{6}Z$/.test(date) || !date.startsWith(String(day))) return `date ${date}`;
  if (headers.get("x-amz-security-token") !== expected.credentials.sessionToken)
    return "wrong or missing session token";
  if (headers.get("x-amz-content-sha256") !== createHash("sha256").update(body).digest("hex"))
    return "body hash";
  if (signed.toSorted().join(";") !== signedHeaders || new Set(signed).size < signed.length)
    return "header order";
  const required = [...headers.keys()].filter((name) => name === "host" || name.startsWith("x-amz-"));
  for (const name of required) if (!signed.includes(name)) return `${name} is not signed`;
  for (const name of signed) if (!headers.has(name)) return `${name} is signed but was not sent`;
  const right = await sign(request, { date, signed, headers, body }, expected);
  return right === authorization ? undefined : "wrong signature";
}

interface Parts {
  date: string;
  signed: string[];
  headers: Map<string, string>;
  body: Buffer;
}

async function sign(
  request: IncomingMessage,
  parts: Parts,
  { credentials, service, region }: Expected,
): Promise<string> {
  const [path = "", search = ""] = splitOnce(request.url ?? "", "?");
  const signer = new SignatureV4({ credentials, service, region, sha256: Hash.bind(null, "sha256") });
  const result = await signer.sign(
    {
      method: request.method ?? "",
      protocol: "http:",
      hostname: "",
      path,
      query: parseQuery(search),
      headers: Object.fromEntries(parts.signed.map((name) => [name, parts.headers.get(name) ?? ""])),
      body: parts.body,
    },
    { signingDate: parseDate(parts.date), signableHeaders: new Set(parts.signed) },
  );
  return result.headers["authorization"] ?? "";
}

function readHeaders(raw: string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? "";
    const value = raw[index + 1] ?? "";
    headers.set(name, headers.has(name) ? `${headers.get(name)},${value}` : value);
  }
  return headers;
}

/** Decodes percent-encoding only: AWS reads "+" as a plus sign, not as a space. */
function parseQuery(search: string): Record<string, string[]> {
  const query: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const part of search.split("&").filter((text) => text !== "")) {
    const [name = "", value = ""] = splitOnce(part, "=");
    (query[decodeURIComponent(name)] ??= []).push(decodeURIComponent(value));
  }
  return query;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function parseDate(date: string): Date {
  return new Date(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
