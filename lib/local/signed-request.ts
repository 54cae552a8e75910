// Receives a signed request to one of AWS's APIs, and answers with errors in the JSON that the SDKs read.
import type { IncomingMessage, ServerResponse } from "node:http";
import { receiveBody } from "../shared/receive-body.ts";
import { foreignHost, sentByPage } from "./loopback.ts";
import { pairHeaders, verifySignature, type Identity, type KnownCredentials } from "./signature/index.ts";

export interface ApiError {
  status: number;
  /** The value of `x-amzn-errortype`. */
  type: string;
  message: string;
}

export interface SignedRequest {
  identity: Identity;
  body: Buffer;
}

export interface SigningScope {
  service: string;
  region: string;
  credentials: (accessKeyId: string) => KnownCredentials | undefined;
}

/** AWS accepts a signature if its time differs from the server's by at most five minutes. */
const clockSkewMs = 5 * 60_000;
/** More than any of these APIs accepts. */
const maxBodyBytes = 6 * 1024 * 1024;

/**
 * Resolves with the request, with the error response, or with undefined if the caller has disconnected. Only programs on
 * this machine may call: these APIs belong to the function, not to web pages.
 */
export async function receiveSigned(
  request: IncomingMessage,
  scope: SigningScope,
): Promise<SignedRequest | ApiError | undefined> {
  const problem = foreignHost(request.headers) ?? sentByPage(request.headers);
  if (problem !== undefined) return { status: 403, type: "AccessDeniedException", message: problem };
  const body = await receiveBody(request, maxBodyBytes);
  if (body.kind === "cut") return undefined;
  if (body.kind === "too-large") return tooLarge;
  return identify(request, body.bytes, scope);
}

/** Verifies the signature of a request whose body has been received. */
export async function identify(
  request: IncomingMessage,
  body: Buffer,
  scope: SigningScope,
): Promise<SignedRequest | ApiError> {
  const headers = pairHeaders(request.rawHeaders);
  const received = { method: request.method ?? "", target: request.url ?? "", headers, body };
  const verdict = await verifySignature(received, { ...scope, now: Date.now(), skewMs: clockSkewMs });
  return verdict.ok ? { identity: verdict.identity, body } : verdict.error;
}

/** Sends an error response in the form that the SDKs read. `fields` are further members of its JSON. */
export function sendApiError(
  response: ServerResponse,
  { status, type, message }: ApiError,
  fields: Record<string, string> = {},
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "x-amzn-errortype": type,
    // The rest of a body that was too large is not read.
    ...(status === 413 && { connection: "close" }),
  });
  response.end(JSON.stringify({ message, ...fields }));
}

const tooLarge: ApiError = {
  status: 413,
  type: "RequestEntityTooLargeException",
  message: `Request must not be larger than ${maxBodyBytes} bytes`,
};
