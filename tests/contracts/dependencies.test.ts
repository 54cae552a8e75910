// Dependencies point one way: what is deployed and what callers install know nothing of each other or of local stand-ins.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The files of this repository that the files of a folder import, each with who imports it. */
function importsOf(folder: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => {
      const path = join(root, folder, file);
      const imported = readFileSync(path, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g);
      return [...imported].map(([, target = ""]) => relative(root, resolve(dirname(path), target)));
    });
}

test.each([
  ["lib/stream", /^lib\/(stream\/|wire\.ts$)/],
  ["lib/http", /^lib\/(http\/|stream\/|wire\.ts$)/],
  ["handlers", /^lib\/(http|stream)\//],
  ["lib/signer", /^lib\/(signer\/|client\/(abort|byte-buffer|error-line|errors|shared-agent)\.ts$)/],
  ["lib/client", /^lib\/(client\/|signer\/|wire\.ts$)/],
])("%s imports nothing of this repository but %s", (folder, allowed) => {
  const imported = importsOf(folder);
  expect(imported.length).toBeGreaterThan(3);
  expect(imported.filter((file) => !allowed.test(file))).toEqual([]);
});
