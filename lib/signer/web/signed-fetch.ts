// Makes a fetch that signs its requests and sends them with the runtime's own fetch.
import { type Fetch, type SignedFetchOptions, signedFetchWith } from "../signed-fetch.ts";
import { signRequest } from "./sign-request.ts";

/** See the function of the same name in `node/signed-fetch.ts`. */
export function createSignedFetch(options: SignedFetchOptions): Fetch {
  const { fetch: send = (url, init) => globalThis.fetch(url, init) } = options;
  return signedFetchWith({ ...options, fetch: withoutHost(send) }, signRequest);
}

/** The runtime sets `host` itself. Browsers forbid it: https://fetch.spec.whatwg.org/#forbidden-request-header */
function withoutHost(send: Fetch): Fetch {
  return (url, init) => {
    const { host: _host, ...headers } = { ...(init?.headers as Record<string, string>) };
    return send(url, { ...init, headers });
  };
}
