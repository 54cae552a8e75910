// Requests signed by AWS's own signer, as they are sent over the wire.
import { HttpRequest } from "@smithy/core/protocols";
import { Hash } from "@smithy/hash-node";
import { SignatureV4 } from "@smithy/signature-v4";
import {
  verifySignature,
  type KnownCredentials,
  type SignatureOptions,
} from "../../../lib/local/signature/verify.ts";
import { parseQuery, splitTarget, type WireRequest } from "../../../lib/local/signature/wire-request.ts";

/** 2026-03-01T12:00:00Z */
export const noon = Date.UTC(2026, 2, 1, 12);

export const knownKeys: Record<string, KnownCredentials> = {
  AKIDLOCAL: { secretAccessKey: "local-secret" },
  ASIATEMPORARY: { secretAccessKey: "temporary-secret", sessionToken: "token/+=1" },
};

export interface AwsSigningOptions {
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string | undefined;
  region?: string;
  service?: string;
  date?: Date;
  expiresIn?: number;
  /** Whether `x-amz-content-sha256` is sent. Default: true. */
  applyChecksum?: boolean;
}

export type Unsigned = Partial<Omit<WireRequest, "headers">> & { headers?: Record<string, string> };

/** Signs all given headers, `host` and the hash of the body. */
export async function sign(unsigned: Unsigned = {}, options: AwsSigningOptions = {}): Promise<WireRequest> {
  const request = toHttpRequest(unsigned);
  const signed = await signer(options).sign(request, {
    signingDate: options.date ?? new Date(noon),
    signableHeaders: new Set(Object.keys(request.headers).map((name) => name.toLowerCase())),
  });
  return {
    method: request.method,
    target: unsigned.target ?? "/",
    headers: Object.entries(signed.headers),
    body: unsigned.body ?? Buffer.alloc(0),
  };
}

/** Makes a request to a presigned URL. */
export async function presign(
  unsigned: Unsigned = {},
  options: AwsSigningOptions = {},
): Promise<WireRequest> {
  const request = toHttpRequest({ method: "GET", ...unsigned });
  const { query = {}, headers } = await signer(options).presign(request, {
    signingDate: options.date ?? new Date(noon),
    ...(options.expiresIn && { expiresIn: options.expiresIn }),
  });
  const parameters = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
  return {
    method: request.method,
    target: `${request.path}?${parameters.join("&")}`,
    headers: Object.entries(headers),
    body: unsigned.body ?? Buffer.alloc(0),
  };
}

/** Verifies a request as the local Function URL does, with a clock that shows noon. */
export function verify(request: WireRequest, options: Partial<SignatureOptions> = {}) {
  return verifySignature(request, {
    credentials: (accessKeyId) => knownKeys[accessKeyId],
    region: "us-east-1",
    service: "lambda",
    now: noon,
    skewMs: 5 * 60_000,
    ...options,
  });
}

function toHttpRequest(unsigned: Unsigned): HttpRequest {
  const { path, query } = splitTarget(unsigned.target ?? "/");
  const grouped: Record<string, string[]> = {};
  for (const [name, value] of parseQuery(query)) (grouped[name] ??= []).push(value);
  return new HttpRequest({
    method: unsigned.method ?? "POST",
    path,
    query: grouped,
    headers: { host: "127.0.0.1:9000", ...unsigned.headers },
    body: unsigned.body,
  });
}

function signer(options: AwsSigningOptions): SignatureV4 {
  const accessKeyId = options.accessKeyId ?? "AKIDLOCAL";
  const known = knownKeys[accessKeyId];
  const sessionToken = "sessionToken" in options ? options.sessionToken : known?.sessionToken;
  return new SignatureV4({
    service: options.service ?? "lambda",
    region: options.region ?? "us-east-1",
    credentials: {
      accessKeyId,
      secretAccessKey: options.secretAccessKey ?? known?.secretAccessKey ?? "unknown",
      ...(sessionToken && { sessionToken }),
    },
    sha256: Hash.bind(null, "sha256"),
    applyChecksum: options.applyChecksum ?? true,
  });
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
