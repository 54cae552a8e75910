// Makes a fetch that signs its requests.
import { untilAborted } from "../shared/abort.ts";
import { checkCredentials } from "./credentials.ts";
import { setBySigner } from "./headers.ts";
import { parseEndpoint } from "./signing-scope.ts";
import { readSignableBody } from "./signable-body.ts";
import { repairUrl } from "./request-target.ts";
import type { SignRequest, SigningOptions } from "./sign-request.ts";

export type Fetch = typeof globalThis.fetch;
export type FetchInput = Parameters<Fetch>[0];
export type FetchInit = NonNullable<Parameters<Fetch>[1]>;

export interface SignedFetchOptions extends Omit<SigningOptions, "date"> {
  /** Sends the signed request. Default: the runtime's own fetch; on Node, undici's without its timeouts. */
  fetch?: Fetch | undefined;
  /**
   * Whether to replace a signature, API key or bearer token that a request already has. Set it for libraries that sign their
   * requests themselves. Default: false, which rejects such a request.
   */
  replaceSignature?: boolean | undefined;
}

/** Combines a fetch and a signer into a signed fetch. */
export function signedFetchWith(
  { fetch: send, replaceSignature = false, ...signing }: SignedFetchOptions & { fetch: Fetch },
  signRequest: SignRequest,
): Fetch {
  if (typeof signing.credentials !== "function") checkCredentials(signing.credentials);

  return async function signedFetch(input: FetchInput, init: FetchInit = {}): Promise<Response> {
    const request = isRequest(input) ? input : undefined;
    const signal = init.signal === undefined ? request?.signal : init.signal;
    signal?.throwIfAborted();

    const url = repairUrl(parseEndpoint(request?.url ?? (input as string | URL)));
    const method = (init.method ?? request?.method ?? "GET").toUpperCase();
    const { bytes, contentType } = await untilAborted(readSignableBody(init.body, request), signal);
    const headers = new Headers(init.headers ?? request?.headers);
    if (contentType !== undefined && !headers.has("content-type")) headers.set("content-type", contentType);
    if (replaceSignature) for (const name of setBySigner) headers.delete(name);

    const signed = await untilAborted(signRequest({ method, url, headers, body: bytes }, signing), signal);
    const redirect = (init.redirect ?? request?.redirect) === "error" ? "error" : "manual";
    const { body: _unsigned, ...rest } = init;
    const body = bytes === undefined ? {} : { body: bytes };
    return send(url.href, { ...rest, ...body, method, headers: signed, redirect, signal: signal ?? null });
  };
}

// `instanceof` is not enough: the global Request and undici's are different classes.
function isRequest(input: FetchInput): input is Request {
  return typeof input === "object" && "arrayBuffer" in input && "url" in input;
}
