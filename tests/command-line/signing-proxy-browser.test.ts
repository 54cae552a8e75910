// Tests web pages in Chromium with the signing proxy: to use the proxy, a page needs the token and the proxy's own origin.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Browser, hasBrowser, openBrowser } from "../support/callers/browser.ts";
import { answerWith, startUrl } from "../support/servers/local-function-url.ts";
import { serve } from "../support/servers/http-server.ts";
import { proxyTo } from "../support/servers/signing-proxy.ts";

describe.skipIf(!hasBrowser)("pages in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  async function start() {
    const url = await startUrl({
      answer: answerWith({ headers: { "content-type": "text/plain" } }, "whole"),
    });
    return { proxy: await proxyTo(url.url), arrived: () => url.invocations.length };
  }

  /** Starts a page at another port of this machine. For browsers, its requests to the proxy are same-site. */
  async function startPage(): Promise<string> {
    const page = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>A page</title>");
    });
    onTestFinished(() => page.close());
    return page.url;
  }

  test.each([
    ["fetch", `await fetch(PROXY).catch(() => undefined);`],
    ["fetch without CORS", `await fetch(PROXY, { method: "POST", mode: "no-cors", body: "{}" });`],
    [
      "fetch with the token",
      `await fetch(PROXY, { method: "POST", headers: { "x-deltapipe-token": TOKEN } }).catch(() => undefined);`,
    ],
    [
      "an image",
      `await new Promise((resolve) => Object.assign(new Image(), { onerror: resolve, onload: resolve, src: PROXY }));`,
    ],
    [
      "a script",
      `await new Promise((resolve) => {
        const script = Object.assign(document.createElement("script"), { onerror: resolve, onload: resolve, src: PROXY });
        document.head.append(script);
      });`,
    ],
    [
      "a form in a frame",
      `await new Promise((resolve) => {
        const frame = Object.assign(document.createElement("iframe"), { name: "frame" });
        const form = Object.assign(document.createElement("form"), { action: PROXY, method: "POST", target: "frame" });
        document.body.append(frame, form);
        frame.onload = resolve;
        form.submit();
      });`,
    ],
    [
      "a beacon without a referrer",
      `const policy = Object.assign(document.createElement("meta"), { name: "referrer", content: "no-referrer" });
      document.head.append(policy);
      navigator.sendBeacon(PROXY, "{}");`,
    ],
  ])("a page from another origin cannot call the service with %s", async (_, script) => {
    const { proxy, arrived } = await start();
    // At the host name localhost, the page belongs to another site than the proxy.
    for (const page of [await startPage(), (await startPage()).replace("127.0.0.1", "localhost")]) {
      const given = `const PROXY = "${proxy.url}", TOKEN = "${proxy.token}";`;
      await browser.run(page, `${given}${script}`);
      expect(await proxy.reported()).toMatchObject({ status: 403, error: "ForeignOrigin", ended: "refused" });
    }
    expect(arrived()).toBe(0);
  });

  test("a browser that opens the proxy's address gets no answer without the token", async () => {
    const { proxy, arrived } = await start();
    expect(await browser.run(proxy.url, "return document.body.innerText")).toMatch(/"name":"InvalidToken"/);
    expect(arrived()).toBe(0);
  });

  test("a page at the proxy's own address calls the service with the token, and reads the answer", async () => {
    const { proxy } = await start();
    const call = `fetch("/", { method: "POST", body: "{}", headers: { "x-deltapipe-token": "${proxy.token}" } })`;
    const script = `const response = await ${call}; return [response.status, await response.text()];`;
    expect(await browser.run(proxy.url, script)).toEqual([200, "whole"]);
  });
});
