// Makes content blocks of the images and documents that the user chose, dropped or pasted.
import {
  documentFormatOf,
  findCountProblem,
  findSizeProblem,
  formatList,
  imageFormatOf,
} from "../shared/attachment-limits.ts";
import { documentNameOf } from "../shared/document-names.ts";
import type { ContentBlock } from "../wire.ts";
import { base64Of } from "./base64.ts";

export interface Attachment {
  /** The file's name. */
  name: string;
  /** Two documents can have the same name until the message is built. */
  block: ContentBlock;
}

/** Rejects with an error whose message is a sentence. */
export async function readAttachment(file: File): Promise<Attachment> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { name } = file;
  const image = imageFormatOf(bytes);
  const problem = findSizeProblem(image ? "image" : "document", bytes.length);
  if (problem !== undefined) throw rejected(name, problem);
  const source = { bytes: base64Of(bytes) };
  if (image) return { name, block: { image: { format: image, source } } };
  const format = documentFormatOf(name);
  if (format) return { name, block: { document: { format, name: documentNameOf(name), source } } };
  throw rejected(
    name,
    `Bedrock does not accept its format; use ${formatList.image} for an image, ${formatList.document} for a document`,
  );
}

/** Throws an error whose message is a sentence if Bedrock does not accept so many images or documents. */
export function withAttachment(attachments: Attachment[], added: Attachment): Attachment[] {
  const kind = added.block.image ? "image" : "document";
  const count = attachments.filter(({ block }) => block[kind]).length + 1;
  const problem = findCountProblem(kind, count);
  if (problem !== undefined) throw rejected(added.name, problem);
  return [...attachments, added];
}

function rejected(name: string, reason: string): Error {
  return new Error(`Cannot attach ${name}: ${reason}`);
}
