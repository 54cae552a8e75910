// Tests the web page `page.html`, which calls the local stack directly, with CORS. The page signs its requests, and shows and
// stops answers.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../support/deadline.ts";
import { type Browser, openBrowser, type Page } from "../support/callers/browser.ts";
import { repository } from "../support/markdown.ts";
import { serve, type TestServer } from "../support/servers/http-server.ts";
import { startTestStack, type TestStack } from "../support/servers/local-stack.ts";
import { runtimes } from "./runtimes.ts";

const require = createRequire(import.meta.url);
const { cors } = require("../../lib/deployment/cors-origins.cjs") as {
  cors: (parameters: { ofFunction: { answerRetentionMinutes: string }; corsOrigins: string[] }) => object;
};

const program = runtimes.find(({ name }) => name === "Chromium")?.program;
const title = program === undefined ? "a page in Chromium, which is not found here," : "a page in Chromium";

describe.skipIf(program === undefined)(title, () => {
  let site: TestServer;
  let stack: TestStack;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    const [source, client] = await Promise.all([
      readFile(new URL("page.html", import.meta.url), "utf8"),
      build({
        entryPoints: [`${repository}lib/client/web.ts`],
        bundle: true,
        format: "esm",
        platform: "browser",
        write: false,
      }),
    ]);
    const script = client.outputFiles[0]!.text;
    const html = source.replace(`from "deltapipe"`, `from "/deltapipe.js"`);
    site = await serve((request, response) => {
      const isScript = request.url === "/deltapipe.js";
      response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
      response.end(isScript ? script : html);
    });
    const origin = site.url.replace("127.0.0.1", "localhost").replace(/\/$/, "");
    stack = await startTestStack({
      service: { cors: cors({ ofFunction: { answerRetentionMinutes: "none" }, corsOrigins: [origin] }) },
      bedrock: { kind: "local", options: { deltasPerSecond: 20 } },
    });
    browser = await openBrowser();
    page = await browser.open(`${origin}/?url=${encodeURIComponent(stack.url)}`);
  });
  afterAll(async () => {
    await browser.close();
    await stack.close();
    await site.close();
  });

  const shown = (selector: string) =>
    page.evaluate(`document.querySelector("${selector}").textContent`) as Promise<string>;

  async function until(label: string, condition: () => Promise<boolean>): Promise<void> {
    async function ask(): Promise<void> {
      while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await waitFor(label, ask());
  }

  test("the page shows the text as it arrives, and stops the answer", async () => {
    const isReady = `document.querySelector("#ask")?.disabled === false`;
    await until("The script", async () => (await page.evaluate(isReady)) === true);
    await page.evaluate(`document.querySelector("#ask").click()`);
    await until("Some text", async () => (await shown("output")).length > 20);
    expect(await shown("p")).toBe("");
    const first = await shown("output");
    await until("More text", async () => (await shown("output")).length > first.length);
    await page.evaluate(`document.querySelector("#stop").click()`);
    await until("The end", async () => (await shown("p")) !== "");
    expect(await shown("p")).toBe("stopped");
    expect((await shown("output")).startsWith(first)).toBe(true);
  });

  test("the page shows a whole answer", async () => {
    await page.evaluate(
      `document.querySelector("p").textContent = ""; document.querySelector("#ask").click()`,
    );
    await until("The end", async () => (await shown("p")) !== "");
    expect(await shown("p")).toBe("end_turn");
  });
});
