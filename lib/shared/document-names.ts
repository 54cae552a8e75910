// Names of documents that Bedrock accepts: letters, digits, spaces, hyphens and brackets, each name only once in a request.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
import { isObject } from "./json-object.ts";

const maxLength = 200;

/** Makes a name from a file's name, without its extension. The name is "document" if no letter and no digit is left. */
export function documentNameOf(fileName: string): string {
  const name = fileName
    .replace(/\.[^.]*$/, "")
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9()[\]-]+/g, " ")
    .trim()
    .slice(0, maxLength)
    .trimEnd();
  return /[A-Za-z0-9]/.test(name) ? name : "document";
}

/**
 * Returns the content of a new message. A document gets a number after its name if an earlier message or another document of
 * this message has the same name: Bedrock rejects a request in which two documents have the same name, even in different
 * messages (https://github.com/aws-samples/generative-ai-use-cases/issues/1685). AWS does not say whether upper and lower case
 * count, so names that differ only in case are regarded as the same.
 */
export function withUniqueDocumentNames<Block extends { document?: { name: string } | undefined }>(
  content: Block[],
  earlier: readonly { content: readonly unknown[] }[],
): Block[] {
  const taken = new Set(earlier.flatMap((message) => message.content.flatMap(namesIn)));
  return content.map((block) => {
    if (!block.document) return block;
    const name = uniqueName(block.document.name, taken);
    taken.add(name.toLowerCase());
    return { ...block, document: { ...block.document, name } };
  });
}

/** The block can have any form, because it may come from a file that the user has written. A tool's result contains blocks. */
function namesIn(block: unknown): string[] {
  if (!isObject(block)) return [];
  const { document, toolResult } = block;
  const name = isObject(document) ? document["name"] : undefined;
  const results = isObject(toolResult) && Array.isArray(toolResult["content"]) ? toolResult["content"] : [];
  return [...(typeof name === "string" ? [name.toLowerCase()] : []), ...results.flatMap(namesIn)];
}

function uniqueName(name: string, taken: ReadonlySet<string>): string {
  let unique = name;
  for (let number = 2; taken.has(unique.toLowerCase()); number += 1) {
    const suffix = ` (${number})`;
    unique = `${name.slice(0, maxLength - suffix.length).trimEnd()}${suffix}`;
  }
  return unique;
}
