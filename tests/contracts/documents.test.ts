// The documents match the repository: the links, paths and commands in them exist.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { documents, repository } from "../support/markdown.ts";

const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { scripts: object };

/** Matches names without a folder, and paths that begin with a folder of the repository or of lib, but no paths in packages. */
const ownPaths =
  /^([^/]+|(lib|handlers|scripts|tests|stream|http|client|signer|command-line|deployment|local|\.ci|\.github)\/.*)$/;

/** The paths of all files and folders in the repository. The path of a folder ends with a slash. */
const paths = [
  ...readdirSync(repository, { withFileTypes: true }),
  ...["lib", "handlers", "scripts", "tests", ".ci", ".github"].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, withFileTypes: true }),
  ),
]
  .map((entry) => {
    const path = relative(repository, join(entry.parentPath, entry.name));
    return entry.isDirectory() ? `${path}/` : path;
  })
  .filter((path) => !path.includes("node_modules/"));

function isInRepository(path: string): boolean {
  return paths.some((each) => `/${each}`.endsWith(`/${path}`) || `/${each}`.endsWith(`/${path}/`));
}

test("the README and the guides are found", () => {
  expect(documents).toEqual(
    expect.arrayContaining(["README.md", ".github/ARCHITECTURE.md", "lib/client/README.md"]),
  );
});

test("the README has at most 200 lines", () => {
  expect(read("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(200);
});

describe.each(documents)("%s", (document) => {
  const text = read(document);

  test("the document links only to files and headings that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, link = "", heading]) => {
      const target = link === "" ? document : join(dirname(document), link);
      if (!existsSync(join(repository, target))) return true;
      return heading !== undefined && !headingsOf(read(target)).includes(heading);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  test("the document names only npm scripts that exist", () => {
    const named = [...text.matchAll(/\bnpm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  // The changelog also names files that no longer exist.
  test.skipIf(document.includes("CHANGELOG"))("the document names only files and folders that exist", () => {
    const named = [...text.matchAll(/`([\w.-]+\/[\w./-]*|[\w-]+(?:\.test)?\.(?:ts|js|cjs|md|yml))`/g)];
    const missing = named
      .map(([, path = ""]) => path)
      .filter((path) => ownPaths.test(path) && !isInRepository(path));
    expect(missing).toEqual([]);
  });
});

function read(document: string): string {
  return readFileSync(join(repository, document), "utf8");
}

/** The anchors that GitHub gives to headings. */
function headingsOf(markdown: string): string[] {
  const headings = markdown.matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
}
