// Makes document names that Bedrock accepts: letters, digits, spaces, hyphens and brackets only, and unique in a request.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
import { basename, extname } from "node:path";

const longest = 200;

/** Returns a function that gives each path a name of its own. No two names differ only in case, because Bedrock ignores case. */
export function createDocumentNames(): (path: string) => string {
  const taken = new Set<string>();
  return (path) => {
    const name = cleanName(path);
    let unique = name;
    for (let number = 2; taken.has(unique.toLowerCase()); number += 1) {
      const suffix = ` (${number})`;
      unique = `${name.slice(0, longest - suffix.length).trimEnd()}${suffix}`;
    }
    taken.add(unique.toLowerCase());
    return unique;
  };
}

function cleanName(path: string): string {
  const name = basename(path, extname(path))
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9()[\]-]+/g, " ")
    .trim()
    .slice(0, longest)
    .trimEnd();
  return /[A-Za-z0-9]/.test(name) ? name : "document";
}
