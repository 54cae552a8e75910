// Reads the page's files: the HTML document, the style sheet, the icon, and the modules, including those of the client.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface PageFile {
  contentType: string;
  content: string;
}

/** The folder that contains `page` and `client`: `lib` in the repository, `dist/lib` in the npm package. */
const modules = fileURLToPath(new URL("../..", import.meta.url));
/** The files that are not modules are not built, so the repository and the npm package have them in the same folder. */
const others = join(dirname(createRequire(import.meta.url).resolve("deltapipe/package.json")), "lib", "page");
const isSource = import.meta.url.endsWith(".ts");

/** The names contain no dots, so that no path such as `../` leads out of the folders. */
const modulePath = /^(?:page|client|shared|signer)\/(?:[a-z-]+\/)?[a-z0-9-]+\.(?:js|ts)$/;
const otherTypes: Record<string, string> = {
  "index.html": "text/html; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

/** `path` is relative to `lib`, such as `page/page.js`. Resolves with undefined if the page has no such file. */
export async function readPageFile(path: string): Promise<PageFile | undefined> {
  const [, name = ""] = /^page\/([a-z.]+)$/.exec(path) ?? [];
  const contentType = Object.hasOwn(otherTypes, name) ? otherTypes[name] : undefined;
  if (contentType !== undefined) return { contentType, content: await readFile(join(others, name), "utf8") };
  if (!modulePath.test(path)) return undefined;
  const file = join(modules, isSource ? path.replace(/\.js$/, ".ts") : path);
  try {
    const text = await readFile(file, "utf8");
    return { contentType: "text/javascript; charset=utf-8", content: await withoutTypes(text, file) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes the types from a module of the repository, so that an edit takes effect with a reload and without a build. */
async function withoutTypes(text: string, file: string): Promise<string> {
  if (!isSource) return text;
  const { transform } = await import("esbuild");
  const { code } = await transform(text, { loader: "ts", target: "es2023", sourcefile: file });
  return code;
}
