// The repository's Markdown documents, and the fenced code blocks in them.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Paths from the root of the repository: the README, the guides in `.github`, and the READMEs next to the code. */
export const documents: string[] = [
  "README.md",
  ...[".github", "lib", "scripts", "tests"].flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md") && !file.includes("node_modules"))
      .map((file) => join(folder, file))
      .toSorted(),
  ),
];

/** The contents of all blocks that are marked with a language, such as "ts". */
export function codeBlocks(markdown: string, language: string): string[] {
  const fenced = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm");
  return [...markdown.matchAll(fenced)].map(([, text = ""]) => text);
}
