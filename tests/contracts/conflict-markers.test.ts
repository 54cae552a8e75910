// Looks for git's conflict markers: inside a comment or a document, no compiler notices them.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../support/markdown.ts";

/** A line that a merge or a rebase writes before or after one side of a conflict. */
const marker = /^(?:<{7}|>{7}) /m;
const textFile = /\.(?:cjs|cs|css|go|graphql|html|java|js|json|md|py|rs|sh|toml|ts|ya?ml)$/;

const files = [".ci", ".github", "handlers", "lib", "scripts", "tests"]
  .flatMap((folder) => readdirSync(join(repository, folder), { recursive: true, withFileTypes: true }))
  .concat(readdirSync(repository, { withFileTypes: true }))
  .filter((entry) => entry.isFile() && textFile.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((path) => !/[/\\](?:node_modules|target)[/\\]/.test(path));

test("no file contains a conflict marker of git", () => {
  expect(files.length).toBeGreaterThan(100);
  const marked = files.filter((path) => marker.test(readFileSync(path, "utf8")));
  expect(marked.map((path) => relative(repository, path))).toEqual([]);
});
