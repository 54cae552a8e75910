// A page in a headless Chromium, from an origin of its own, that imports a module of this repository.
import { build } from "esbuild";
import { onTestFinished } from "vitest";
import { repository } from "../markdown.ts";
import { serve } from "../servers/http-server.ts";
import { openBrowser } from "./browser.ts";

/**
 * Bundles `module`, the source of a module, and opens a page that can `import("/module.js")`. Runs `script` in that page as the
 * body of an async function, and resolves with what the script returns.
 */
export async function runInPage(module: string, script: string): Promise<unknown> {
  const { outputFiles } = await build({
    stdin: { contents: module, resolveDir: repository, sourcefile: "module.ts", loader: "ts" },
    entryNames: "module",
    bundle: true,
    format: "esm",
    platform: "browser",
    outdir: "/",
    splitting: true,
    write: false,
  });
  const page = await serve(({ url = "" }, response) => {
    const file = outputFiles.find(({ path }) => path.endsWith(url));
    response.writeHead(200, { "content-type": url === "/" ? "text/html" : "text/javascript" });
    response.end(url === "/" ? "<!doctype html><title>A page</title>" : file?.text);
  });
  onTestFinished(() => page.close());
  const browser = await openBrowser();
  onTestFinished(() => browser.close());
  return browser.run(page.url, script);
}
