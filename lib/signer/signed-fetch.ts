// A fetch that signs: the same arguments, the same response.
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
  /** What sends the signed request. Default: undici's fetch, without timeouts of its own. */
  fetch?: Fetch | undefined;
}

/**
 * Makes a drop-in `fetch` whose requests are signed as {@link signRequest} does it. Repeated query keys and the streaming
 * response body stay as they are. The abort signal may be shared by any number of requests.
 *
 * It differs from `fetch` where a signature demands it:
 * - The body is a string, `URLSearchParams`, bytes or a `Blob`, or that of a `Request`, which is read into memory.
 *   Streams and `FormData` are refused: SigV4 needs the hash of the whole body first.
 * - A redirect is never followed, because the signature is for one host: the 3xx response is returned, or with
 *   `redirect: "error"` the promise rejects.
 * - A "+" in the query is sent as "%20", and characters that RFC 3986 does not allow are percent-encoded.
 *
 * Throws `ConfigurationError` for credentials that cannot be used. Rejects as {@link signRequest} and `fetch` do. It has
 * no timeout: pass `AbortSignal.timeout(milliseconds)`.
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

// A Request of any realm: the global one and undici's are different classes.
function isRequest(input: FetchInput): input is Request {
  return typeof input === "object" && "arrayBuffer" in input && "url" in input;
}

function sendWithUndici(url: FetchInput, init?: FetchInit): Promise<Response> {
  const send = undiciFetch as unknown as Fetch;
  return send(url, { dispatcher: sharedAgent(), ...init } as FetchInit);
}
