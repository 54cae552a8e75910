// Documents keep up with the repository: links, paths and commands that they name exist.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
const documents = [
  "README.md",
  ".github/ARCHITECTURE.md",
  ".github/CHANGELOG.md",
  ".github/CONTRIBUTING.md",
  ".github/SECURITY.md",
];

describe.each(documents)("%s", (document) => {
  const text = readFileSync(join(root, document), "utf8");

  test("links to files that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => !existsSync(join(root, dirname(document), link)))).toEqual([]);
  });

  test("names npm scripts that exist", () => {
    const named = [...text.matchAll(/\bnpm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  // The architecture note describes the rooms as they will be.
  test.skipIf(document.includes("ARCHITECTURE") && !existsSync(join(root, "lib/shared")))(
    "names files and folders that exist",
    () => {
      const rooms = "lib|handlers|scripts|tests|stream|http|client|signer|local|\\.ci|\\.github";
      const paths = text.matchAll(new RegExp(`\`((?:${rooms})/[\\w./-]*)\``, "g"));
      const missing = [...paths]
        .map(([, path = ""]) => path)
        .filter((path) => ![path, join("lib", path)].some((each) => existsSync(join(root, each))));
      expect(missing).toEqual([]);
    },
  );
});
