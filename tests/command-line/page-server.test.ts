// Tests the page's server: its files, the requests that it refuses, and the secrets that it does not reveal.
import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { repository } from "../support/markdown.ts";
import { failingProvider, startTestPage as start } from "../support/servers/page-server.ts";

/** Sends a GET without the token. */
async function read(url: string): Promise<{ status: number; headers: Record<string, string>; body: string }> {
  const response = await waitFor(url, fetch(url));
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, body: await response.text() };
}

const token = { "x-deltapipe-token": "TOKEN" };

describe("the page's server", () => {
  test.each<[string, string, Record<string, string>]>([
    ["ForeignHost", "/", { host: "evil.example" }],
    ["ForeignHost", "/", { host: "127.0.0.1" }],
    ["ForeignHost", "/~/page/page.js", { host: "evil.example" }],
    ["ForeignHost", "/~/service.json", { host: "evil.example", ...token }],
    ["ForeignOrigin", "/", { origin: "https://evil.example" }],
    ["ForeignOrigin", "/", { "sec-fetch-site": "cross-site" }],
    ["ForeignOrigin", "/", { "sec-fetch-site": "same-site" }],
    ["ForeignOrigin", "/~/page/page.js", { referer: "http://localhost:1/" }],
    ["ForeignOrigin", "/~/service.json", { origin: "null", ...token }],
    ["InvalidToken", "/~/service.json", {}],
    ["InvalidToken", "/~/service.json", { "x-deltapipe-token": "TOKENx" }],
    ["InvalidToken", "/models", {}],
    ["InvalidToken", "/models", { "sec-fetch-site": "same-origin" }],
  ])("the page's server refuses with %s a GET of %s with the headers %o", async (name, path, headers) => {
    const { get, arrived } = await start();
    const { status, body } = await get(path, headers);
    expect([status, (JSON.parse(body) as { error: { name: string } }).error.name]).toEqual([403, name]);
    expect(arrived()).toBe(0);
  });

  test.each<[string, string, Record<string, string>]>([
    ["InvalidToken", "/", {}],
    ["InvalidToken", "/", { origin: "http://HOST" }],
    ["InvalidToken", "/", { "x-deltapipe-token": "x" }],
    ["InvalidToken", "/~/wrong-signature", {}],
    ["ForeignOrigin", "/", { origin: "https://evil.example", ...token }],
    ["ForeignOrigin", "/~/wrong-signature", { origin: "https://evil.example", ...token }],
    ["ForeignHost", "/", { host: "evil.example", ...token }],
  ])("the page's server refuses with %s a POST to %s with the headers %o", async (name, path, headers) => {
    const { post, arrived } = await start();
    const { status, body } = await post(path, headers);
    expect([status, (JSON.parse(body) as { error: { name: string } }).error.name]).toEqual([403, name]);
    expect(arrived()).toBe(0);
  });

  test("the page's server responds with 404 to every path under /~/ that is not a file of the page", async () => {
    const { get } = await start();
    for (const path of [
      "/~/",
      "/~/page/../command-line/proxy.js",
      "/~/page/%2e%2e/command-line/proxy.js",
      "/~/command-line/proxy.js",
      "/~/page/tsconfig.json",
      "/~/page/constructor",
      "/~/page/none.js",
      "/~/local/stack.ts",
      "/~//etc/passwd",
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });
});

describe("the page", () => {
  test("the page reaches the service through its server if the token is right", async () => {
    const { post, arrived } = await start();
    const { status, body } = await post("/", { origin: "http://HOST", ...token });
    expect([status, body, arrived()]).toEqual([200, "whole", 1]);
  });

  test("the page can ask its server to sign with a wrong secret key, and the Function URL rejects that request", async () => {
    const { page, arrived } = await start();
    const headers = { "x-deltapipe-token": page.token };
    const sent = fetch(`${page.url}~/wrong-signature`, { method: "POST", headers, body: "{}" });
    const response = await waitFor("The rejection", sent);
    const name = response.headers.get("x-amzn-errortype");
    expect([response.status, name, arrived()]).toEqual([403, "InvalidSignatureException", 0]);
  });

  test("the page's policy forbids files from elsewhere, inline scripts, inline styles, and frames around the page", async () => {
    const { page } = await start();
    const { headers, body } = await read(page.url);
    const policy = headers["content-security-policy"] ?? "";
    expect(policy).not.toContain("unsafe");
    expect(policy.split("; ")).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(headers).toMatchObject({ "referrer-policy": "no-referrer", "x-content-type-options": "nosniff" });
    expect(body).not.toMatch(/ style=| on\w+=|<style|<script(?! type="module" src="\/~\/)/);
    expect(body).not.toMatch(/https?:/);
  });

  test("the page can load each TypeScript file of lib/page as JavaScript, under a name that ends with .js", async () => {
    const { page } = await start();
    const modules = (await readdir(`${repository}lib/page`)).filter((name) => name.endsWith(".ts"));
    expect(modules.length).toBeGreaterThan(10);
    for (const name of modules) {
      const { status, headers, body } = await read(`${page.url}~/page/${name.replace(/\.ts$/, ".js")}`);
      expect([name, status, headers["content-type"]]).toEqual([name, 200, "text/javascript; charset=utf-8"]);
      expect(body).not.toMatch(/^(export )?interface |^import type /m);
    }
  });

  test("the page gets a description of the service that contains no secret", async () => {
    const credentials = {
      accessKeyId: "AKIDLOCAL",
      secretAccessKey: "local-secret",
      sessionToken: "session",
    };
    const { get, page } = await start({
      credentials,
      models: [{ name: "one", description: "the first", becomes: "StreamCorrupt" }],
    });
    const { body } = await get("/~/service.json", token);
    expect(JSON.parse(body)).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/) as string,
      region: "us-east-1",
      hasLocalKey: false,
      hasWebSocket: false,
      models: [{ name: "one", description: "the first", becomes: "StreamCorrupt" }],
    });
    for (const secret of [...Object.values(credentials), page.token]) expect(body).not.toContain(secret);
  });

  test("the page's description of the service says whether the credentials are the public ones of the local stack", async () => {
    const { get } = await start({ credentials: { accessKeyId: "local", secretAccessKey: "local" } });
    expect(JSON.parse((await get("/~/service.json", token)).body)).toMatchObject({ hasLocalKey: true });
  });

  test("the page gets a signed URL of the WebSocket API, and is allowed to connect only to its own server and to that API", async () => {
    const webSocketUrl = new URL("wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/v1");
    const { get, page } = await start({ webSocketUrl });
    expect((await get("/~/websocket-url")).status).toBe(403);
    const { url } = JSON.parse((await get("/~/websocket-url", token)).body) as { url: string };
    expect(url).toMatch(/^wss:\/\/a1b2c3d4e5\.execute-api\.eu-west-1\.amazonaws\.com\/v1\?/);
    expect(decodeURIComponent(url)).toMatch(/AKIDLOCAL\/\d{8}\/eu-west-1\/execute-api\/aws4_request/);
    expect(new URL(url).searchParams.get("X-Amz-Expires")).toBe("60");
    const { headers } = await read(page.url);
    const source = "connect-src 'self' wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com;";
    expect(headers["content-security-policy"]).toContain(source);
  });

  test("the page gets a reason instead of a signed URL if there are no credentials at the moment", async () => {
    const { provider, fail } = failingProvider();
    const webSocketUrl = new URL("wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/v1");
    const { get } = await start({ webSocketUrl, credentials: provider });
    fail();
    const { status, body } = await get("/~/websocket-url", token);
    expect([status, JSON.parse(body)]).toMatchObject([403, { error: { name: "NoCredentials" } }]);
    expect(body).toContain("the sign-in has expired");
  });

  test("the page gets no signed URL if there is no WebSocket API", async () => {
    const { get, page } = await start();
    expect((await get("/~/websocket-url", token)).status).toBe(404);
    expect((await read(page.url)).headers["content-security-policy"]).toContain("connect-src 'self';");
  });

  test("the page has a different token in its address after each start", async () => {
    const [one, other] = [await start(), await start()];
    expect(one.page.address).toBe(`${one.page.url}#${one.page.token}`);
    expect(one.page.token).not.toBe(other.page.token);
  });
});
