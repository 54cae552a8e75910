// Makes a fetch that signs its requests and sends them with undici.
import { fetch as undiciFetch } from "undici";
import { followSignal } from "../../shared/follow-signal.ts";
import { sharedAgent } from "../../shared/shared-agent.ts";
import {
  type Fetch,
  type FetchInit,
  type FetchInput,
  type SignedFetchOptions,
  signedFetchWith,
} from "../signed-fetch.ts";
import { signRequest } from "./sign-request.ts";

/**
 * Makes a drop-in replacement for `fetch` that signs each request, as {@link signRequest} does. Repeated query keys are
 * kept, and the response body streams. Any number of requests may share an abort signal.
 *
 * It differs from `fetch` where a signature requires it:
 * - The body must be a string, `URLSearchParams`, bytes or a `Blob`. The body of a `Request` is read into memory.
 *   Streams and `FormData` are rejected, because SigV4 needs the hash of the whole body first.
 * - A redirect is never followed, because the signature is valid for one host only. The 3xx response is returned. With
 *   `redirect: "error"`, the promise rejects.
 * - A "+" in the query is sent as "%20", and characters that RFC 3986 does not allow are percent-encoded.
 *
 * Throws a `ConfigurationError` for unusable credentials. The returned function rejects with the errors of
 * {@link signRequest} and `fetch`. It has no timeout: pass `AbortSignal.timeout(milliseconds)`.
 *
 * @example
 * const signedFetch = createSignedFetch({ credentials });
 * const response = await signedFetch("https://abc123.lambda-url.eu-west-1.on.aws/", {
 *   method: "POST",
 *   body: JSON.stringify({ prompt: "Why is the sky blue?" }),
 * });
 */
export function createSignedFetch(options: SignedFetchOptions): Fetch {
  const { fetch = sendWithUndici } = options;
  return signedFetchWith({ ...options, fetch: withOneListener(fetch) }, signRequest);
}

/** Node warns of a leak when more than ten requests listen to one signal. */
function withOneListener(send: Fetch): Fetch {
  return async (url: FetchInput, init: FetchInit = {}) => {
    if (!init.signal) return send(url, init);
    const following = followSignal(init.signal);
    const response = await send(url, { ...init, signal: following.signal });
    following.during(response);
    if (response.body) following.during(response.body);
    return response;
  };
}

function sendWithUndici(url: FetchInput, init?: FetchInit): Promise<Response> {
  const send = undiciFetch as unknown as Fetch;
  return send(url, { dispatcher: sharedAgent(), ...init } as FetchInit);
}
