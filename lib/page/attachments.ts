// Makes content blocks of the images and documents that the user chose, dropped or pasted.
import { documentFormatOf, findSizeProblem, formatList, imageFormatOf } from "../shared/attachment-limits.ts";
import type { ContentBlock } from "../wire.ts";
import { base64Of } from "./base64.ts";

export interface Attachment {
  name: string;
  block: ContentBlock;
}

/** Rejects with an error whose message is a sentence. `taken` contains the names of the files that are already attached. */
export async function readAttachment(file: File, taken: ReadonlySet<string>): Promise<Attachment> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { name } = file;
  const image = imageFormatOf(bytes);
  const problem = findSizeProblem(image ? "image" : "document", bytes.length);
  if (problem !== undefined) throw rejected(name, problem);
  const source = { bytes: base64Of(bytes) };
  if (image) return { name, block: { image: { format: image, source } } };
  const format = documentFormatOf(name);
  if (format) {
    const unique = uniqueName(name, taken);
    return { name: unique, block: { document: { format, name: unique, source } } };
  }
  throw rejected(
    name,
    `Bedrock does not accept its format; use ${formatList.image} for an image, ${formatList.document} for a document`,
  );
}

/**
 * Bedrock accepts letters, digits, spaces, hyphens and brackets in names, and each name only once:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
 */
function uniqueName(fileName: string, taken: ReadonlySet<string>): string {
  const clean = fileName
    .replace(/\.[^.]+$/, "")
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^A-Za-z0-9()[\]-]+/g, " ")
    .trim()
    .slice(0, 190)
    .trimEnd();
  const name = /[A-Za-z0-9]/.test(clean) ? clean : "document";
  let unique = name;
  for (let number = 2; taken.has(unique); number += 1) unique = `${name} (${number})`;
  return unique;
}

function rejected(name: string, reason: string): Error {
  return new Error(`Cannot attach ${name}: ${reason}`);
}
