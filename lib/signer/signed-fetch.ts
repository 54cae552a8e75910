// Makes a fetch that signs its requests.
import { fetch as undiciFetch, Headers } from "undici";
import { followSignal, untilAborted } from "../shared/abort.ts";
import { sharedAgent } from "../shared/shared-agent.ts";
import { checkCredentials } from "./credentials.ts";
import { parseEndpoint } from "./signing-scope.ts";
import { readSignableBody } from "./signable-body.ts";
import { repairUrl } from "./request-target.ts";
import { signRequest, type SigningOptions } from "./sign-request.ts";

type Fetch = typeof globalThis.fetch;
type FetchInput = Parameters<Fetch>[0];
type FetchInit = NonNullable<Parameters<Fetch>[1]>;

export interface SignedFetchOptions extends Omit<SigningOptions, "date"> {
  /** Sends the signed request. Default: undici's fetch, without undici's timeouts. */
  fetch?: Fetch | undefined;
}

/**
 * Makes a drop-in replacement for `fetch` that signs each request, as {@link signRequest} does. Repeated query keys are
 * kept, and the response body streams. Any number of requests may share an abort signal.
 *
 * It differs from `fetch` where a signature requires it:
 * - The body must be a string, `URLSearchParams`, bytes or a `Blob`. The body of a `Request` is read into memory.
 *   Streams and `FormData` are rejected, because SigV4 needs the hash of the whole body first.
 * - A redirect is never followed, because the signature is valid for one host only. The 3xx response is returned, or
 *   the promise rejects with `redirect: "error"`.
 * - A "+" in the query is sent as "%20", and characters that RFC 3986 does not allow are percent-encoded.
 *
 * Throws a `ConfigurationError` for unusable credentials. The fetch rejects as {@link signRequest} and `fetch` do. It has
 * no timeout of its own: pass `AbortSignal.timeout(milliseconds)`.
 *
 * @example
 * const signedFetch = createSignedFetch({ credentials });
 * const response = await signedFetch("https://abc123.lambda-url.eu-west-1.on.aws/", {
 *   method: "POST",
 *   body: JSON.stringify({ prompt: "Why is the sky blue?" }),
 * });
 */
export function createSignedFetch(options: SignedFetchOptions): Fetch {
  const { fetch: send = sendWithUndici, ...signing } = options;
  if (typeof options.credentials !== "function") checkCredentials(options.credentials);

  return async function signedFetch(input: FetchInput, init: FetchInit = {}): Promise<Response> {
    const request = isRequest(input) ? input : undefined;
    const signal = init.signal === undefined ? request?.signal : init.signal;
    signal?.throwIfAborted();

    const url = repairUrl(parseEndpoint(request?.url ?? (input as string | URL)));
    const method = (init.method ?? request?.method ?? "GET").toUpperCase();
    const { bytes, contentType } = await untilAborted(readSignableBody(init.body, request), signal);
    const headers = new Headers(
      (init.headers ?? request?.headers) as ConstructorParameters<typeof Headers>[0],
    );
    if (contentType !== undefined && !headers.has("content-type")) headers.set("content-type", contentType);

    const signed = await untilAborted(signRequest({ method, url, headers, body: bytes }, signing), signal);
    const redirect = (init.redirect ?? request?.redirect) === "error" ? "error" : "manual";
    const { body: _unsigned, ...rest } = init;
    const body = bytes === undefined ? {} : { body: bytes };
    const following = signal ? followSignal(signal) : undefined;
    const response = await send(url.href, {
      ...rest,
      ...body,
      method,
      headers: signed,
      redirect,
      signal: following?.signal ?? null,
    });
    following?.during(response);
    if (response.body) following?.during(response.body);
    return response;
  };
}

// `instanceof` would not do: the global Request and undici's are different classes.
function isRequest(input: FetchInput): input is Request {
  return typeof input === "object" && "arrayBuffer" in input && "url" in input;
}

function sendWithUndici(url: FetchInput, init?: FetchInit): Promise<Response> {
  const send = undiciFetch as unknown as Fetch;
  return send(url, { dispatcher: sharedAgent(), ...init } as FetchInit);
}
