// Tests redirects and abort signals of a signed fetch: an abort ends the wait for credentials and the response.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSignedFetch } from "../../lib/signer/index.ts";
import { waitFor } from "../support/deadline.ts";
import type { TestServer } from "../support/servers/http-server.ts";
import { permanent as credentials, scope, serveVerifying } from "../support/servers/verifying-server.ts";

let server: TestServer;
let requests = 0;
let closed: () => void = () => {};

beforeAll(async () => {
  server = await serveVerifying(({ url }, response) => {
    requests += 1;
    if (url === "/redirect") response.writeHead(307, { location: "/elsewhere" }).end();
    if (url === "/endless") response.on("close", () => closed()).write("first");
    return url === "/redirect" || url === "/endless";
  });
});

afterAll(() => server.close());

const signedFetch = createSignedFetch({ credentials, ...scope });

describe("createSignedFetch()", () => {
  test("a signed fetch returns a redirect and does not follow it", async () => {
    const before = requests;
    const response = await signedFetch(new URL("/redirect", server.url), { redirect: "follow" });
    expect(response.status).toBe(307);
    expect(response.headers.get("location")).toBe("/elsewhere");
    expect(requests).toBe(before + 1);
  });

  test.each([
    ["its second argument", () => signedFetch(new URL("/redirect", server.url), { redirect: "error" })],
    ["its Request", () => signedFetch(new Request(new URL("/redirect", server.url), { redirect: "error" }))],
  ])("a signed fetch rejects on a redirect if %s asks for an error", async (_, run) => {
    await expect(run()).rejects.toThrow("fetch failed");
  });

  test.each([
    ["its second argument", (url: URL, signal: AbortSignal) => signedFetch(url, { signal })],
    ["its Request", (url: URL, signal: AbortSignal) => signedFetch(new Request(url, { signal }))],
  ])("a signed fetch streams the response until a signal in %s closes the connection", async (_, run) => {
    const controller = new AbortController();
    const close = new Promise<void>((resolve) => (closed = resolve));
    const response = await run(new URL("/endless", server.url), controller.signal);
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("first");
    controller.abort(new Error("enough"));
    await expect(reader.read()).rejects.toThrow();
    await waitFor("the connection to close", close);
  });

  test("a signed fetch stops waiting for the credentials provider when the signal aborts", async () => {
    const waiting = createSignedFetch({ ...scope, credentials: () => new Promise(() => {}) });
    const controller = new AbortController();
    const response = waiting(server.url, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(waitFor("the rejection", response)).rejects.toThrow("enough");
  });

  test("a signed fetch sends nothing if the signal has already aborted", async () => {
    const before = requests;
    const signal = AbortSignal.abort(new Error("never"));
    await expect(signedFetch(server.url, { signal })).rejects.toThrow("never");
    expect(requests).toBe(before);
  });
});
