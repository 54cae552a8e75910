// Compares signatures made with WebCrypto with those that AWS published and those that aws4 makes.
import { describe, expect, onTestFinished, test } from "vitest";
import { signRequest as signOnNode } from "../../lib/signer/node/sign-request.ts";
import { repairUrl } from "../../lib/signer/request-target.ts";
import { canonicalRequest } from "../../lib/signer/web/canonical-request.ts";
import { sigv4 } from "../../lib/signer/web/sigv4.ts";
import { createSignedFetch, signRequest } from "../../lib/signer/web.ts";
import { authorizationOf as authorizationByAws4 } from "../../lib/shared/sigv4.ts";
import { type SigningCase, signingCases } from "../support/requests/aws-signing-cases.ts";
import { generateRequest } from "../support/requests/generated-request.ts";
import { createRandom } from "../support/random.ts";
import { permanent, scope, serveVerifying, temporary } from "../support/servers/verifying-server.ts";

const withoutBody = signingCases.filter(({ body }) => body === "");
const withBody = signingCases.filter(({ body }) => body !== "");

describe("AWS's published cases", () => {
  test("AWS's published cases include requests with and without a body", () => {
    expect([withoutBody.length, withBody.length]).toEqual([29, 2]);
  });

  test.each(withoutBody)("$name has the published signature", async (one) => {
    expect(await sigv4.authorizationOf(toSigV4(one), permanent)).toBe(one.authorization);
  });

  test.each(withBody)(
    "$name has the published hash of the body, and the signature that aws4 makes",
    async (one) => {
      const request = toSigV4(one);
      const headers = { ...request.headers, "x-amz-content-sha256": one.bodyHash };
      const signed = await sigv4.authorizationOf({ ...request, headers }, permanent);
      expect(signed).toBe(authorizationByAws4({ ...request, headers }, permanent));
      expect(canonicalRequest(request, one.bodyHash).canonical.split("\n").at(-1)).toBe(one.bodyHash);
    },
  );
});

describe("generated requests", () => {
  test("generated requests get the same headers from WebCrypto as from aws4, byte for byte", async () => {
    const seed = 20_250_831;
    const random = createRandom(seed);
    for (let index = 0; index < 3000; index += 1) {
      const { target, ...request } = generateRequest(random);
      const url = repairUrl(new URL(target, "http://127.0.0.1:9000"));
      const options = { credentials: random.pick([permanent, temporary]), date: new Date(), ...scope };
      const [web, node] = await Promise.all([
        signRequest({ ...request, url }, options),
        signOnNode({ ...request, url }, options),
      ]);
      expect(web, `request ${index} of seed ${seed}: ${request.method} ${target}`).toEqual(node);
    }
  });
});

describe("signRequest with WebCrypto", () => {
  const url = "http://127.0.0.1:9000/";

  test("signRequest() with WebCrypto signs the bytes as they were at the call", async () => {
    const body = new TextEncoder().encode("before");
    const options = { credentials: async () => permanent, date: new Date(), ...scope };
    const signing = signRequest({ method: "POST", url, body }, options);
    body.set(new TextEncoder().encode("after!"));
    expect(await signing).toEqual(await signOnNode({ method: "POST", url, body: "before" }, options));
  });

  test("signRequest() reports that WebCrypto is missing in a page without a secure context", async () => {
    const own = Object.getOwnPropertyDescriptor(globalThis, "crypto")!;
    Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
    onTestFinished(() => void Object.defineProperty(globalThis, "crypto", own));
    await expect(signRequest({ url }, { credentials: permanent, ...scope })).rejects.toThrow(
      /^Cannot sign here: this page or runtime has no WebCrypto; serve the page over https or from localhost$/,
    );
  });

  test("signRequest() with WebCrypto rejects the same unsafe requests as on Node", async () => {
    const options = { credentials: permanent, ...scope };
    await expect(signRequest({ url: "http://example.com/" }, options)).rejects.toThrow(/plain http URL/);
    await expect(signRequest({ url, headers: { "x-amz-date": "1" } }, options)).rejects.toThrow(
      /leave it out/,
    );
    await expect(signRequest({ url, body: new ReadableStream() as never }, options)).rejects.toThrow(
      /a stream/,
    );
  });
});

describe("createSignedFetch with WebCrypto", () => {
  test("a signed fetch with WebCrypto sends with the runtime's fetch, and the signature verifies", async () => {
    const server = await serveVerifying();
    onTestFinished(() => server.close());
    const signedFetch = createSignedFetch({ credentials: temporary, ...scope });
    const response = await signedFetch(`${server.url}a%20b?x=1&x=2`, { method: "POST", body: "Grüße" });
    expect(await response.json()).toMatchObject({ method: "POST", url: "/a%20b?x=1&x=2", body: "Grüße" });
  });

  test("a signed fetch with WebCrypto leaves out the host header, because a browser sets it itself", async () => {
    let names: string[] = [];
    const signedFetch = createSignedFetch({
      credentials: permanent,
      ...scope,
      fetch: async (_url, init) => {
        names = Object.keys(init?.headers ?? {});
        return new Response();
      },
    });
    await signedFetch("http://127.0.0.1:9000/");
    expect(names).toContain("authorization");
    expect(names).not.toContain("host");
  });

  test("a signed fetch that is aborted while it waits for credentials rejects with the signal's reason", async () => {
    const reason = new Error("enough");
    const signedFetch = createSignedFetch({ credentials: () => new Promise(() => {}), ...scope });
    const control = new AbortController();
    const sending = signedFetch("http://127.0.0.1:9000/", { signal: control.signal });
    control.abort(reason);
    await expect(sending).rejects.toBe(reason);
  });
});

function toSigV4({ method, target, headers }: SigningCase) {
  const [path = "", search = ""] = target.split("?");
  const query: Record<string, string[]> = {};
  for (const pair of search === "" ? [] : search.split("&")) {
    const [name = "", value = ""] = pair.split("=");
    (query[decodeURIComponent(name)] ??= []).push(decodeURIComponent(value));
  }
  return { service: "service", region: "us-east-1", method, path, query, headers };
}
