// Tests signed fetches as they arrive at a server that verifies their signatures.
import { Agent, FormData, Request as UndiciRequest } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigurationError } from "../../lib/signer/index.ts";
import { createSignedFetch } from "../../lib/signer/index.ts";
import type { TestServer } from "../support/servers/http-server.ts";
import {
  permanent as credentials,
  scope,
  type WireReport,
  serveVerifying,
} from "../support/servers/verifying-server.ts";

let server: TestServer;
let requests = 0;

beforeAll(async () => {
  server = await serveVerifying(() => {
    requests += 1;
    return false;
  });
});

afterAll(() => server.close());

const signedFetch = createSignedFetch({ credentials, ...scope });

async function send(target: string, init?: RequestInit): Promise<WireReport> {
  return (await (await signedFetch(new URL(target, server.url), init)).json()) as WireReport;
}

describe("createSignedFetch()", () => {
  test.each([
    ["a string", "hi ü", "text/plain;charset=UTF-8", "hi ü"],
    [
      "URLSearchParams",
      new URLSearchParams({ a: "1 2" }),
      "application/x-www-form-urlencoded;charset=UTF-8",
      "a=1+2",
    ],
    ["a Uint8Array", new TextEncoder().encode("bytes"), undefined, "bytes"],
    ["a view of a larger buffer", new Uint8Array(Buffer.from("xbytesx")).subarray(1, 6), undefined, "bytes"],
    ["an ArrayBuffer", new Uint8Array(Buffer.from("buffer")).buffer, undefined, "buffer"],
    ["a Blob with a type", new Blob(["blob"], { type: "application/json" }), "application/json", "blob"],
    ["a Blob without a type", new Blob(["blob"]), undefined, "blob"],
  ])(
    "a signed fetch signs and sends %s, with the content type that fetch would set",
    async (_, body, type, text) => {
      const seen = await send("/", { method: "POST", body: body as string });
      expect(seen).toEqual({ url: "/", method: "POST", body: text, ...(type !== undefined && { type }) });
    },
  );

  test("a signed fetch keeps the order of query parameters, even of repeated ones, and sends a space as %20", async () => {
    const seen = await send("/p?b=2&a=1&b=1&c=&a=x+y&d=[1]");
    expect(seen).toMatchObject({ url: "/p?b=2&a=1&b=1&c=&a=x%20y&d=%5B1%5D" });
    expect(seen.fault).toBeUndefined();
  });

  test.each([
    ["the global Request", Request],
    ["undici's Request", UndiciRequest as unknown as typeof Request],
  ])("a signed fetch takes the method and the body of %s", async (_, RequestClass) => {
    const request = new RequestClass(server.url, {
      method: "put",
      headers: { "x-a": "1" },
      body: "from the request",
    });
    const seen = (await (await signedFetch(request)).json()) as WireReport;
    expect(seen).toMatchObject({ method: "PUT", body: "from the request" });
    expect(seen.fault).toBeUndefined();
  });

  test("the second argument of a signed fetch overrides the Request", async () => {
    const request = new Request(server.url, {
      method: "POST",
      headers: { "content-type": "a/b" },
      body: "old",
    });
    const response = await signedFetch(request, {
      method: "patch",
      headers: { "content-type": "c/d" },
      body: "new",
    });
    expect(await response.json()).toEqual({ url: "/", method: "PATCH", type: "c/d", body: "new" });
  });

  test("a signed fetch sends the bytes that it was called with, even if they change before the credentials are there", async () => {
    const bytes = new TextEncoder().encode("before");
    const slow = createSignedFetch({ ...scope, credentials: async () => (bytes.fill(0), credentials) });
    const seen = (await (await slow(server.url, { method: "POST", body: bytes })).json()) as WireReport;
    expect(seen).toMatchObject({ body: "before" });
    expect(seen.fault).toBeUndefined();
  });

  test.each([
    ["a stream", () => new ReadableStream()],
    ["an async iterable", async function* () {}],
    ["FormData", () => new FormData()],
    ["an object", () => ({ prompt: "hi" })],
  ])("a signed fetch rejects %s as a body, and sends nothing", async (_, make) => {
    const before = requests;
    const body = make() as unknown as string;
    await expect(send("/", { method: "POST", body, duplex: "half" } as RequestInit)).rejects.toThrow(
      ConfigurationError,
    );
    expect(requests).toBe(before);
  });

  test("a signed fetch uses a custom fetch and dispatcher", async () => {
    const dispatcher = new Agent();
    const sent: unknown[] = [];
    const custom = createSignedFetch({
      credentials,
      ...scope,
      fetch: (url, init) => {
        sent.push(url, init);
        return fetch(url, { method: "GET", headers: init!.headers! });
      },
    });
    const init = { headers: { "x-a": "1" }, dispatcher } as unknown as RequestInit;
    const response = await custom(server.url, init);
    expect(((await response.json()) as WireReport).fault).toBeUndefined();
    expect(sent).toEqual([
      server.url,
      expect.objectContaining({ method: "GET", redirect: "manual", dispatcher }),
    ]);
    await dispatcher.close();
  });

  const foreign = new Headers({
    authorization: "Bearer key",
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    "x-amz-date": "20200101T000000Z",
    "x-amz-region-set": "*",
    "x-amz-security-token": "another's",
  });
  const init = { method: "POST", body: "{}", headers: foreign };

  test.each([
    ["its second argument", (send: typeof fetch) => send(server.url, init)],
    ["a Request", (send: typeof fetch) => send(new Request(server.url, init))],
  ])("a signed fetch replaces another signature in %s if replaceSignature is true", async (_, run) => {
    const response = await run(createSignedFetch({ credentials, ...scope, replaceSignature: true }));
    const report = (await response.json()) as WireReport;
    expect(report).toMatchObject({ method: "POST", body: "{}" });
    expect(report.fault).toBeUndefined();
    expect(foreign.get("authorization")).toBe("Bearer key");
  });

  test("a signed fetch rejects another signature if replaceSignature is not set, and sends nothing", async () => {
    const before = requests;
    await expect(signedFetch(server.url, init)).rejects.toThrow('"authorization"');
    expect(requests).toBe(before);
  });

  test("createSignedFetch() throws at once for unusable credentials", () => {
    expect(() => createSignedFetch({ credentials: { accessKeyId: "", secretAccessKey: "" } })).toThrow(
      "accessKeyId",
    );
  });
});
